import { readFile } from 'node:fs/promises';
import { expect, screenshotBothThemes, test } from '../fixtures/test';
import { answersAddress, explore, parameters, runIsComplete } from '../fixtures/explore';

const incident = { calc: ['P99(duration_ms)', 'COUNT'], where: 'service.name = "checkout" and span.kind = "server"', by: ['cloud.region', 'service.version'] };

test('what is drawn is chosen in the address: style, axis, markers', async ({ page, demo }) => {
  await page.goto(demo.ui + explore({ ...incident, range: '2h' }));
  await runIsComplete(page);
  await expect(page.getByTestId('chart-0').locator('.mark-name')).toHaveText('deploy checkout 2026.11.3');
  await expect(page.getByTestId('chart-1').locator('.mark')).toHaveCount(1);
  await expect(page.getByTestId('chart-0').locator('.partial:not([hidden])').first()).toBeAttached();

  await page.getByTestId('chart-style').selectOption('Bar');
  await expect(page.getByTestId('chart-1').locator('.barlayer .trace').first()).toBeAttached();
  expect(parameters(page).get('draw')).toBe('bar');
  await screenshotBothThemes(page, 'explore-bars');
  await page.getByTestId('chart-1').getByTestId('chart-menu').click();
  await expect(page.getByTestId('chart-actions')).toBeVisible();
  await page.keyboard.press('l');
  await expect.poll(() => parameters(page).get('axis')).toBe('log');
  await page.getByTestId('markers').click();
  await expect(page.getByTestId('chart-0').locator('.mark')).toHaveCount(0);
  await page.reload();
  await runIsComplete(page);
  expect(parameters(page).get('markers')).toBe('off');
  await expect(page.getByTestId('log-axis')).toHaveAttribute('aria-pressed', 'true');
  await expect(page.getByTestId('chart-0').locator('.mark')).toHaveCount(0);
});

test('a chart is there before its library, and stays where it is when that comes', async ({ page, demo }) => {
  let release = () => {};
  const asked = new Promise<void>(resolve => { release = resolve; });
  await page.route('**/plotly.min.js', async route => { await asked; await route.continue(); });
  await page.goto(demo.ui + explore({ ...incident, calc: ['P99(duration_ms)', 'HEATMAP(duration_ms)', 'COUNT'], range: '2h' }));
  await runIsComplete(page);
  const places = () => page.locator('[data-testid=chart-1] .lines, .heatmaplayer image').evaluateAll(drawn => drawn.map(e => e.getBoundingClientRect()).map(r => [r.x, r.y, r.width, r.height]));
  await expect(page.getByTestId('heatmap').locator('.heatmaplayer image')).toBeAttached();
  const first = await places();
  expect(first.length).toBeGreaterThan(5);
  await expect(page.locator('.js-plotly-plot')).toHaveCount(0);
  await page.getByTestId('chart-0').locator('.layer').hover();
  await expect(page.getByTestId('chart-0').locator('.hover-list')).toBeVisible();
  release();
  await expect(page.locator('.js-plotly-plot')).toHaveCount(3);
  const then = await places();
  expect(then.length).toBe(first.length);
  then.forEach((place, i) => place.forEach((value, side) => expect(Math.abs(value - first[i][side]), `${first[i]} became ${place}`).toBeLessThan(3)));
});

test('all charts are saved as one picture', async ({ page, demo }) => {
  await page.goto(demo.ui + explore({ ...incident, range: '2h' }));
  await runIsComplete(page);
  await page.getByTestId('chart-1').locator('.scatterlayer .trace').first().waitFor({ state: 'attached' });
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByTestId('save-png').click()]);
  const picture = await readFile((await file.path())!);
  expect(picture.subarray(1, 4).toString()).toBe('PNG');
  // Width and height stand behind the header: two charts at twice the size of the screen.
  expect(picture.readUInt32BE(16)).toBeGreaterThan(2000);
  expect(picture.readUInt32BE(20)).toBeGreaterThan(500);
});

test('a click on a point leads to the slowest traces there', async ({ page, demo }) => {
  await page.goto(demo.ui + explore({ ...incident, calc: ['P99(duration_ms)'], range: '2h' }));
  await runIsComplete(page);
  const layer = page.getByTestId('chart-0').locator('.layer');
  await page.getByTestId('chart-0').locator('.scatterlayer .trace').first().waitFor({ state: 'attached' });
  const box = (await layer.boundingBox())!;
  await expect(async () => {
    await page.mouse.click(box.x + box.width * 0.85, box.y + 20);
    await expect(page.getByTestId('point-menu')).toContainText('eu-west-1, 2026.11.3', { timeout: 2_000 });
  }).toPass();
  await page.keyboard.press('o');
  await expect.poll(() => parameters(page).get('view')).toBe('traces');
  expect(parameters(page).get('where')).toContain('cloud.region = "eu-west-1"');
  expect(Date.parse(parameters(page).get('end')!) - Date.parse(parameters(page).get('start')!)).toBe(60_000);
  await runIsComplete(page);
  await page.getByTestId('trace-link').first().click();
  await expect(page.getByTestId('trace-waterfall')).toBeVisible();
});

test('a row of the table lifts its line, a swatch isolates it, and Escape releases it', async ({ page, demo }) => {
  await page.goto(demo.ui + explore({ ...incident, calc: ['P99(duration_ms)'], range: '2h' }));
  await runIsComplete(page);
  const row = page.getByTestId('results-table').locator('tbody tr[data-series]');
  const faded = () => page.getByTestId('chart-0').evaluate(card => [...card.querySelectorAll<SVGGElement>('.scatterlayer .trace .lines')].filter(l => l.style.opacity === '0.25').length);
  await page.getByTestId('chart-0').locator('.scatterlayer .trace').first().waitFor({ state: 'attached' });
  const lines = await row.count();
  await row.nth(1).hover();
  await expect.poll(faded).toBe(lines - 1);
  await page.mouse.move(5, 5);
  await expect.poll(faded).toBe(0);
  await row.nth(0).locator('.swatch').click();
  await row.nth(2).locator('.swatch').click({ modifiers: ['Control'] });
  await page.mouse.move(5, 5);
  await expect.poll(faded).toBe(lines - 2);
  await page.keyboard.press('Escape');
  await expect.poll(faded).toBe(0);
});

test('an earlier period is compared: dotted lines, changes in the table, in the address', async ({ page, demo }) => {
  await page.goto(demo.ui + explore({ ...incident, range: '30m' }));
  await runIsComplete(page);
  await page.getByTestId('add-compare').click();
  await expect(page.getByTestId('completion')).toContainText('previous day');
  await page.getByTestId('chip-editor').pressSequentially('1h');
  await page.keyboard.press('Enter');
  await expect.poll(() => parameters(page).get('compare')).toBe('1h');
  await answersAddress(page);
  await expect(page.getByTestId('chart-0')).toContainText('dotted: 1 h before');
  await expect(page.getByTestId('chart-0').locator('.trace[class*=tracee]').first()).toBeAttached();
  await expect(page.getByTestId('results-table').locator('thead')).toContainText('vs 1 h before');
  await expect(page.getByTestId('results-table').locator('tfoot')).toContainText(/[+−]\d/);
  await screenshotBothThemes(page, 'explore-compare');
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByTestId('save-parquet').click()]);
  const bytes = await readFile((await file.path())!);
  expect([bytes.subarray(0, 4).toString(), bytes.subarray(-4).toString()]).toEqual(['PAR1', 'PAR1']);
});
