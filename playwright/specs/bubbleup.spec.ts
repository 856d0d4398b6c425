import type { Page } from '@playwright/test';
import { faults } from '../fixtures/axe';
import { expect, screenshotBothThemes, test } from '../fixtures/test';
import { answersAddress, explore, parameters, runIsComplete, sendSpans } from '../fixtures/explore';

const checkout = 'service.name = "checkout" and span.kind = "server"';
const minute = 60_000;

/** Waits until the comparison on the page is complete. */
async function comparisonIsComplete(page: Page): Promise<void> {
  await expect(page.getByTestId('bubbleup-status')).toHaveAttribute('data-state', 'complete', { timeout: 60_000 });
}

/** Waits for the comparison of the question in the address: what stood there before it is complete as well. */
async function comparisonAnswersAddress(page: Page): Promise<void> {
  await answersAddress(page);
  await comparisonIsComplete(page);
}

/** The demo's incident began 45 minutes before its server: a span of time in which it is bad, whole minutes. */
function incident(): string {
  const at = (ago: number) => new Date(Math.floor((Date.now() - ago * minute) / minute) * minute).toISOString().replace('.000', '');
  return `${at(25)}..${at(1)}`;
}

/** Drags a box over the newest and slowest part of the heatmap. */
async function dragBox(page: Page): Promise<void> {
  await page.getByTestId('heatmap').locator('.heatmaplayer image').first().waitFor({ state: 'attached' });
  const area = (await page.getByTestId('heatmap').locator('.layer').boundingBox())!;
  await page.mouse.move(area.x + area.width * 0.8, area.y + 8);
  await page.mouse.down();
  await page.mouse.move(area.x + area.width - 12, area.y + area.height * 0.22, { steps: 4 });
  await page.mouse.up();
}

test('from a symptom to its cause: box, comparison, filter, trace, link', async ({ page, demo, browser }) => {
  test.slow(); // a dozen steps, two of them comparisons
  await page.goto(demo.ui + explore({ calc: ['HEATMAP(duration_ms)'], where: checkout, range: '2h' }));
  await runIsComplete(page);
  await dragBox(page);

  await expect(page.getByTestId('bubbleup-panel')).toBeVisible();
  await comparisonIsComplete(page);
  expect(parameters(page).get('view')).toBe('bubbleup');
  expect(parameters(page).get('sel')).toMatch(/^\d{4}-.+Z\.\.\d{4}-.+Z,[\d.e+-]+\.\.[\d.e+-]+$/);
  const explanation = page.getByTestId('bubbleup-explanation');
  await expect(explanation).toContainText('2026.11.3');
  await expect(explanation).toContainText('eu-west-1');
  const columns = page.getByTestId('bubbleup-column');
  await expect.poll(() => columns.count()).toBeGreaterThan(5);
  await expect(columns.filter({ hasText: 'service.version' }).first()).toContainText(/2026\.11\.3\s*(9\d\.\d|100\.0)/);
  expect((await page.getByTestId('query-builder').boundingBox())!.height, 'beside a comparison the question stands in one row').toBeLessThan(48);
  await screenshotBothThemes(page, 'bubbleup-box');

  const question = page.url();
  await page.getByTestId('place-filter').click();
  await expect.poll(() => parameters(page).get('where')).toContain('service.version = "2026.11.3"');
  expect(parameters(page).get('where')).toContain('cloud.region = "eu-west-1"');
  await answersAddress(page);
  await page.getByTestId('tab-traces').click();
  await answersAddress(page);
  await page.getByTestId('trace-link').first().click();
  await expect(page.getByTestId('trace-waterfall')).toContainText('checkout');
  await page.goBack();
  await page.goBack();
  await page.goBack();
  await expect.poll(() => page.url()).toBe(question);
  await comparisonAnswersAddress(page);

  // The link is what was seen, for somebody who has never been here, while the demo goes on.
  const shown = await columns.first().getAttribute('aria-label');
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.getByTestId('share-link').click();
  await expect(page.getByTestId('toast')).toContainText('Link copied');
  const link = await page.evaluate(() => navigator.clipboard.readText());
  const other = await browser.newContext();
  const fresh = await other.newPage();
  await fresh.goto(link);
  await comparisonIsComplete(fresh);
  await expect(fresh.getByTestId('heatmap').locator('.box')).toBeVisible();
  await expect(fresh.getByTestId('bubbleup-column').first()).toHaveAttribute('aria-label', shown!);
  await expect(fresh.getByTestId('bubbleup-explanation')).toContainText('2026.11.3');
  await expect(fresh.getByTestId('compared-anew'), 'nothing was compared anew').toHaveCount(0);
  await other.close();
});

test('a box by keys alone: drawn, sized, compared, cleared', async ({ page, demo }) => {
  await page.goto(demo.ui + explore({ calc: ['HEATMAP(duration_ms)'], where: checkout, range: '2h' }));
  await runIsComplete(page);
  const layer = page.getByTestId('heatmap').locator('.layer');
  await page.getByTestId('heatmap').locator('.heatmaplayer image').first().waitFor({ state: 'attached' });
  await layer.focus();
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('heatmap').locator('.box')).toBeVisible();
  await expect.poll(() => parameters(page).get('sel')).not.toBeNull();
  expect(parameters(page).get('view'), 'a box that is being drawn is not compared yet').toBeNull();
  const first = parameters(page).get('sel');
  await page.keyboard.press('Control+Shift+ArrowDown');
  await page.keyboard.press('ArrowLeft');
  await expect.poll(() => parameters(page).get('sel')).not.toBe(first);
  await page.keyboard.press('Enter');
  await expect.poll(() => parameters(page).get('view')).toBe('bubbleup');
  await comparisonIsComplete(page);
  const compared = parameters(page).get('sel');
  await layer.focus();
  await page.keyboard.press('ArrowRight');
  await expect.poll(() => parameters(page).get('sel'), 'a box that is compared is compared again').not.toBe(compared);
  await comparisonIsComplete(page);
  await page.getByTestId('clear-selection').focus();
  await page.keyboard.press('Escape');
  await expect.poll(() => parameters(page).get('sel')).toBeNull();
  await expect(page.getByTestId('bubbleup-start')).toBeVisible();
});

test('bars lead on: by menu, by key, and along the cards', async ({ page, demo }) => {
  const question = explore({ calc: ['HEATMAP(duration_ms)'], where: checkout, range: '2h', view: 'bubbleup', sel: `${incident()},500..60000` });
  await page.goto(demo.ui + question);
  await comparisonIsComplete(page);
  const card = page.getByTestId('bubbleup-column').filter({ hasText: 'cloud.region' }).first();
  const bar = card.locator('[data-bar="0"]');
  await bar.click();
  const menu = page.getByTestId('verb-menu');
  await expect(menu).toContainText('cloud.region = "eu-west-1"');
  for (const name of ['Filter to', 'Exclude', 'Group by', 'Use as new selection', 'Copy']) await expect(menu).toContainText(name);
  await screenshotBothThemes(page, 'bubbleup-menu');
  await page.keyboard.press('Escape');
  await expect(menu).toHaveCount(0);

  await bar.focus();
  await page.keyboard.press('ArrowDown');
  await expect(card.locator('[data-bar="1"]')).toBeFocused();
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('x');
  await expect.poll(() => parameters(page).get('where')).toContain('cloud.region != "eu-west-1"');
  expect(parameters(page).get('sel'), 'what is left is compared again').not.toBeNull();
  await page.goBack();
  await comparisonAnswersAddress(page);
  await card.locator('[data-bar="0"]').focus();
  await page.keyboard.press('s');
  await expect.poll(() => parameters(page).get('sel')).toBe('cloud.region = "eu-west-1"');
  await comparisonIsComplete(page);
  await page.goBack();
  await comparisonAnswersAddress(page);
  await card.locator('[data-bar="0"]').focus();
  await page.keyboard.press('g');
  await expect.poll(() => parameters(page).get('by')).toBe('cloud.region');
  expect(parameters(page).get('view')).toBeNull();
});

test('every column is somewhere: not significant, ids, set aside, found by name', async ({ page, demo }) => {
  await page.goto(demo.ui + explore({ calc: ['HEATMAP(duration_ms)'], where: checkout, range: '2h', view: 'bubbleup', sel: `${incident()},500..60000` }));
  await comparisonIsComplete(page);
  await page.getByTestId('list-rest').click();
  await expect.poll(() => parameters(page).get('list')).toBe('rest');
  await expect.poll(() => page.getByTestId('bubbleup-other').count()).toBeGreaterThan(20);
  await page.getByTestId('list-ids').click();
  await expect(page.getByTestId('bubbleup-panel')).toContainText('session.id');
  await page.getByTestId('list-aside').click();
  await expect(page.getByTestId('bubbleup-other').filter({ hasText: 'duration_ms' })).toContainText('part of the selection');
  await page.reload();
  await comparisonIsComplete(page);
  await expect(page.getByTestId('bubbleup-other').filter({ hasText: 'duration_ms' })).toBeVisible();
  await page.getByTestId('list-significant').click();
  await page.getByTestId('find-column').fill('cloud.reg');
  await expect(page.getByTestId('bubbleup-column')).toHaveCount(1);
  await expect(page.getByTestId('bubbleup-column')).toContainText('cloud.region');
});

test('a time against an earlier one: what differs, and what changed', async ({ page, demo }) => {
  const at = (ago: number) => new Date(Math.floor((Date.now() - ago * minute) / minute) * minute).toISOString().replace('.000', '');
  await page.goto(demo.ui + explore({ calc: ['P99(duration_ms)'], where: checkout, range: '2h', view: 'bubbleup', sel: `${at(15)}..${at(1)}` }));
  await comparisonIsComplete(page);
  await expect(page.getByTestId('baseline')).toHaveText('the rest of the query');
  await page.getByTestId('change-baseline').click();
  await page.getByTestId('baseline-other').click();
  await page.getByTestId('baseline-text').fill(`${at(110)}..${at(60)}`);
  await page.keyboard.press('Enter');
  await expect.poll(() => parameters(page).get('base')).toBe(`${at(110)}..${at(60)}`);
  await comparisonIsComplete(page);
  await expect(page.getByTestId('chart-0').locator('.band')).toHaveCount(2);
  await expect(page.getByTestId('bubbleup-explanation')).toContainText('2026.11.3');
  await screenshotBothThemes(page, 'bubbleup-time');
  await page.getByTestId('list-changes').click();
  await expect(page.getByTestId('bubbleup-changes')).toContainText('checkout');
  await screenshotBothThemes(page, 'bubbleup-changes');
  await page.reload();
  await comparisonIsComplete(page);
  await expect(page.getByTestId('bubbleup-changes')).toContainText('checkout');
});

test('a stretch of a chart, a row and a cell are compared as well', async ({ page, demo }) => {
  await page.goto(demo.ui + explore({ calc: ['COUNT'], by: ['service.name'], range: '2h' }));
  await runIsComplete(page);
  await page.getByTestId('results-table').locator('td[data-verbs]').filter({ hasText: /^payment$/ }).click();
  await page.keyboard.press('s');
  await expect.poll(() => parameters(page).get('sel')).toBe('service.name = "payment"');
  await comparisonIsComplete(page);
  await expect(page.getByTestId('bubbleup-selection')).toContainText('group');

  const chart = page.getByTestId('chart-0').locator('.layer');
  const area = (await chart.boundingBox())!;
  await page.mouse.move(area.x + area.width * 0.7, area.y + 40);
  await page.mouse.down();
  await page.mouse.move(area.x + area.width * 0.9, area.y + 50, { steps: 4 });
  await page.mouse.up();
  await expect.poll(() => parameters(page).get('sel')).toMatch(/^\S+Z\.\.\S+Z$/);
  expect(parameters(page).get('base'), 'a time is compared with the time before it').toMatch(/^\S+Z\.\.\S+Z$/);
  await comparisonIsComplete(page);

  await page.goto(demo.ui + explore({ calc: ['HEATMAP(duration_ms)'], where: checkout, range: '2h' }));
  await runIsComplete(page);
  await page.getByTestId('heatmap').locator('.heatmaplayer image').first().waitFor({ state: 'attached' });
  const cells = (await page.getByTestId('heatmap').locator('.layer').boundingBox())!;
  await page.mouse.click(cells.x + cells.width * 0.5, cells.y + cells.height * 0.5);
  await expect(page.getByTestId('cell-menu')).toBeVisible();
  await page.keyboard.press('e');
  await expect.poll(() => parameters(page).get('view')).toBe('events');
  expect(parameters(page).get('where')).toMatch(/duration_ms >= .+ and duration_ms <= .+/);
});

test('nothing significant says so, and a wrong selection says why', async ({ page, demo }) => {
  await page.goto(demo.ui + explore({ calc: ['COUNT'], range: '2h', view: 'bubbleup', sel: 'nope.nope = 1' }));
  await expect(page.getByTestId('bubbleup-status')).toHaveAttribute('data-state', 'failed', { timeout: 60_000 });
  await expect(page.getByTestId('query-error')).toContainText('nope.nope');
  await page.goto(demo.ui + explore({ calc: ['COUNT'], range: '2h', view: 'bubbleup', sel: 'name = "no such thing"' }));
  await comparisonIsComplete(page);
  await expect(page.getByTestId('bubbleup-explanation')).toContainText('The selection is empty');
  await page.goto(demo.ui + explore({ calc: ['COUNT'], range: '2h', view: 'bubbleup' }));
  await runIsComplete(page);
  await expect(page.getByTestId('bubbleup-start')).toBeVisible();
  await page.getByTestId('start-where').fill('error = true');
  await page.keyboard.press('Enter');
  await expect.poll(() => parameters(page).get('sel')).toBe('error = true');
  await comparisonIsComplete(page);
  await expect(page.getByTestId('bubbleup-column').first()).toBeVisible();
});

test('hostile names and values are text', async ({ page, server }) => {
  const name = '<img src=x onerror=alert(1)>"`${\'';
  const value = '"><script>document.title="owned"</script>' + 'x'.repeat(10_000);
  await sendSpans(server, Array.from({ length: 120 }, (_, i) => ({ name: i % 3 ? 'good' : 'bad', attributes: { [name]: i % 3 ? 'fine' : value, n: i } })));
  await page.goto(server.ui + explore({ calc: ['COUNT'], range: '1h', view: 'bubbleup', sel: 'name = "bad"' }));
  await comparisonIsComplete(page);
  await page.getByTestId('list-rest').click();
  await expect(page.getByTestId('bubbleup-panel')).toContainText('<img src=x');
  await expect(page).not.toHaveTitle('owned');
  await expect(page.locator('img')).toHaveCount(0);
});

test('the comparison has no serious fault', async ({ page, demo }) => {
  test.slow();
  await page.goto(demo.ui + explore({ calc: ['HEATMAP(duration_ms)'], where: checkout, range: '2h', view: 'bubbleup', sel: `${incident()},500..60000` }));
  await comparisonIsComplete(page);
  expect(await faults(page), 'cards').toEqual([]);
  await page.getByTestId('bubbleup-column').first().locator('[data-bar="0"]').click();
  await expect(page.getByTestId('verb-menu')).toBeVisible();
  expect(await faults(page), 'verbs').toEqual([]);
  await page.keyboard.press('Escape');
  await page.getByTestId('list-rest').click();
  await expect(page.getByTestId('bubbleup-other').first()).toBeVisible();
  expect(await faults(page), 'not significant').toEqual([]);
  await page.getByTestId('clear-selection').click();
  await expect(page.getByTestId('bubbleup-start')).toBeVisible();
  expect(await faults(page), 'nothing selected').toEqual([]);
});
