import { faults } from '../fixtures/axe';
import { expect, test } from '../fixtures/test';
import { explore, runIsComplete } from '../fixtures/explore';

const full = {
  calc: ['P99(duration_ms)', 'COUNT', 'COUNT where error = true as errors', 'error_rate: $errors / $COUNT * 100'], where: 'service.name = "checkout" and (span.kind = "server" or error = true)',
  by: ['cloud.region', 'service.version'], having: 'COUNT > 1', order: 'COUNT desc', field: 'slow: $duration_ms > 500', range: '2h',
};

test('the overview has no serious fault', async ({ page, demo }) => {
  await page.goto(demo.ui + explore(full));
  await runIsComplete(page);
  await page.getByTestId('chart-0').locator('.scatterlayer .trace').first().waitFor({ state: 'attached' });
  expect(await faults(page)).toEqual([]);
});

test('the heatmap with its box has no serious fault', async ({ page, demo }) => {
  await page.goto(demo.ui + explore({ calc: ['HEATMAP(duration_ms)'], range: '2h' }));
  await runIsComplete(page);
  await page.getByTestId('heatmap').locator('.heatmaplayer image').first().waitFor({ state: 'attached' });
  expect(await faults(page)).toEqual([]);
});

test('what opens over the page has no serious fault', async ({ page, demo }) => {
  await page.goto(demo.ui + explore({ calc: ['COUNT'], by: ['service.name'], range: '2h' }));
  await runIsComplete(page);
  await page.getByTestId('add-where').click();
  await page.getByTestId('chip-editor').pressSequentially('service.name = ');
  await expect(page.getByTestId('completion')).toBeVisible();
  expect(await faults(page), 'completion').toEqual([]);
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('chip-editor')).toHaveCount(0);
  await page.getByTestId('time-picker').click();
  await expect(page.getByTestId('time-text')).toBeVisible();
  expect(await faults(page), 'time').toEqual([]);
  await page.keyboard.press('Escape');
  await page.getByTestId('results-table').locator('td[data-verbs]').first().click();
  await expect(page.getByTestId('verb-menu')).toBeVisible();
  expect(await faults(page), 'verbs').toEqual([]);
  await page.keyboard.press('Escape');
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Shortcuts' })).toBeVisible();
  expect(await faults(page), 'keys').toEqual([]);
});

test('an error, in chips and as text, has no serious fault', async ({ page, demo }) => {
  await page.goto(demo.ui + explore({ calc: ['COUNT', 'NOPE('], by: ['service.nam'], where: 'a = = 1', range: '2h' }));
  await expect(page.getByTestId('query-error')).toBeVisible();
  expect(await faults(page)).toEqual([]);
});

test('traces, events and an open event have no serious fault', async ({ page, demo }) => {
  await page.goto(demo.ui + explore({ view: 'traces', range: '2h' }));
  await runIsComplete(page);
  expect(await faults(page), 'traces').toEqual([]);
  await page.goto(demo.ui + explore({ view: 'events', range: '2h', col: ['http.route'] }));
  await runIsComplete(page);
  await page.getByTestId('event-row').first().click();
  await expect(page.getByTestId('event-panel')).toBeVisible();
  expect(await faults(page), 'events').toEqual([]);
});

test('the first run has no serious fault', async ({ page, server }) => {
  await page.goto(server.ui);
  await expect(page.getByTestId('first-run')).toBeVisible();
  expect(await faults(page)).toEqual([]);
});
