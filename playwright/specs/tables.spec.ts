import { readFile } from 'node:fs/promises';
import { expect, screenshotBothThemes, test } from '../fixtures/test';
import { answersAddress, explore, parameters, runIsComplete, sendSpans } from '../fixtures/explore';

test('a number offers the verbs of its group, and a row is copied as it stands', async ({ page, demo, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: demo.ui });
  await page.goto(demo.ui + explore({ calc: ['COUNT'], by: ['cloud.region', 'service.version'], where: 'service.name = "checkout"', start: '2020-01-01T00:00:00Z', end: '2040-01-01T00:00:00Z' }));
  await runIsComplete(page);
  const cells = page.getByTestId('results-table').locator('tbody tr[data-series]').first().locator('td[data-verbs]');
  const [region, version] = await cells.allInnerTexts();
  await cells.first().focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await expect(cells.nth(2)).toBeFocused();
  await page.keyboard.press('Control+c');
  await expect(page.getByTestId('toast')).toContainText('Copied');
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied.split('\t').slice(0, 2)).toEqual([region.trim(), version.trim()]);
  expect(copied.split('\t')[2]).toMatch(/^\d+$/);
  await page.keyboard.press('x');
  await expect.poll(() => parameters(page).get('where')).toBe(`service.name = "checkout" and not (cloud.region = "${region.trim()}" and service.version = "${version.trim()}")`);
  await answersAddress(page);
  await cells.nth(2).click();
  await page.getByTestId('verb-filter').click();
  await expect.poll(() => parameters(page).get('where')).toMatch(/ and cloud\.region = "[^"]+" and service\.version = "[^"]+"$/);
});

test('results are saved as CSV and as JSON', async ({ page, demo }) => {
  await page.goto(demo.ui + explore({ calc: ['COUNT', 'P99(duration_ms)'], by: ['service.name'], range: '2h' }));
  await runIsComplete(page);
  const rows = await page.getByTestId('results-table').locator('tbody tr[data-series]').count();
  const saved = async (id: string) => {
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByTestId(id).click()]);
    return (await readFile((await file.path())!)).toString();
  };
  const lines = (await saved('save-csv')).trim().split('\r\n');
  expect(lines[0]).toBe('service.name,COUNT,P99(duration_ms)');
  expect(lines.length).toBe(rows + 1);
  const objects = JSON.parse(await saved('save-json'));
  expect(objects.length).toBe(rows);
  expect(Object.keys(objects[0])).toEqual(['service.name', 'COUNT', 'P99(duration_ms)']);
});

test('thousands of groups scroll, and only those in sight are in the page', async ({ page, demo }) => {
  await page.goto(demo.ui + explore({ calc: ['COUNT'], by: ['trace.trace_id'], limit: '3000', range: '2h' }));
  await runIsComplete(page);
  const table = page.getByTestId('results-table');
  await expect(table).toContainText('3,000 groups');
  await expect.poll(() => table.locator('tbody tr[data-series]').count()).toBeLessThan(150);
  await table.locator('.results-scroll').evaluate(scroll => { scroll.scrollTop = scroll.scrollHeight / 2; });
  await expect.poll(async () => Number(await table.locator('tbody tr[data-series]').first().getAttribute('data-series'))).toBeGreaterThan(1000);
  await table.getByTestId('filter-rows').fill('abc');
  await expect.poll(async () => (await table.locator('tbody tr[data-series] td:first-child').allInnerTexts()).every(id => id.includes('abc'))).toBe(true);
});

test('traces are ordered in the address, show their roots, and open', async ({ page, demo }) => {
  await page.goto(demo.ui + explore({ view: 'traces', where: 'service.name = "checkout"', range: '2h' }));
  await runIsComplete(page);
  await expect(page.getByTestId('trace-row').first()).toContainText('gateway');
  await page.getByRole('button', { name: 'Errors first' }).click();
  await expect.poll(() => parameters(page).get('traces')).toBe('errors');
  await answersAddress(page);
  const errors = (await page.getByTestId('trace-row').locator('td:nth-child(8)').allInnerTexts()).map(Number);
  expect(errors[0]).toBeGreaterThan(0);
  expect(errors).toEqual([...errors].sort((a, b) => b - a));
  await screenshotBothThemes(page, 'explore-traces');
  await page.getByTestId('trace-row').first().locator('td').nth(2).click();
  await expect(page.getByTestId('trace-waterfall')).toBeVisible();
});

test('a long value of an event is shown whole, as text', async ({ page, server }) => {
  const long = '<b>x</b>\n' + 'y'.repeat(10_000) + 'END';
  await sendSpans(server, [{ name: 'long', attributes: { long } }]);
  await page.goto(server.ui + explore({ view: 'events', range: '1h' }));
  await page.getByTestId('event-row').first().click();
  await page.getByTestId('event-panel').locator('.kv-row').filter({ hasText: 'long' }).filter({ has: page.getByTestId('show-all') }).hover();
  await page.getByTestId('show-all').click();
  await expect(page.getByTestId('whole-value')).toContainText('<b>x</b>');
  await expect(page.getByTestId('whole-value').locator('pre')).toContainText('END');
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('whole-value')).toHaveCount(0);
  await expect(page.getByTestId('event-panel')).toBeVisible();
});
