import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures/test';
import { payment, sendTrace, spanId } from '../fixtures/traces';
import { choose, grid, left, names, openTrace, row, selected } from '../fixtures/trace-page';
import { Server } from '../fixtures/server';

// The waterfall and the panel of a span, on a payment that went slowly.
let server: Server;
const paid = '8e21f0c4a97b4d03b6155d1e77a0c9f2';

test.beforeAll(async () => {
  server = await Server.start();
  const { spans, logs } = payment();
  await sendTrace(server, paid, spans, logs);
  // Another of its kind, faster, that the panel compares with.
  await sendTrace(server, '00000000000000000000000000000b0b', spans.filter(s => s.id === 'gate' || s.id === 'quote').map(s => ({ ...s, length: s.length / 3 })));
});
test.afterAll(() => server.stop());

const open = (page: Page, traceId: string, query = '') => openTrace(page, server, traceId, query);

test('the waterfall shows the tree with folds, marks, logs, the critical path and what is odd', async ({ page }) => {
  await open(page, paid);
  await expect(page.getByTestId('trace-summary')).toContainText('spans 460');
  await expect(page.getByTestId('trace-summary')).toContainText('errors 2');
  await expect(page.getByTestId('trace-notes')).toContainText('clock skew tax −4.00 ms');
  await expect(page.getByTestId('trace-notes')).toContainText('1 missing parent');
  await expect.poll(async () => (await names(page)).slice(0, 6)).toEqual(['POST /cart/pay', ' POST /cart/pay', '  GET /cart/{id}', '   SELECT cart_items', '   SELECT product', '  promo.apply']);
  await expect(row(page, 'p0')).toContainText('× 24 · 61.2 ms total');
  await expect(row(page, 'try1')).toContainText('504');
  await expect(row(page, 'try1').locator('.wf-bar.error')).toBeVisible();
  await expect(row(page, 'try1').locator('.wf-event')).toHaveAttribute('title', /^exception \+954\sms$/);
  await expect(row(page, 'try3')).toContainText('skew −4.00 ms');
  await expect(row(page, 'psp')).toContainText('peer');
  await expect(row(page, 'pub')).toContainText('1 link');
  await expect(page.getByTestId('trace-log').first()).toContainText('WARN');
  await expect(page.getByTestId('trace-log').first()).toContainText('attempt 1 timed out');
  await expect(page.getByTestId('critical-path')).toContainText('critical path 3.01 s');
  await expect(page.getByTestId('rows-shown')).toContainText('24 of 460 spans in rows, 436 in 2 folds');
  // Bars stand where their times are: a child begins right of its parent, a retry right of the one before.
  expect(await left(row(page, 'try2').locator('.wf-bar'))).toBeGreaterThan(await left(row(page, 'try1').locator('.wf-bar')));
  await page.getByTestId('show-path').click();
  await expect(page.locator('.wf-path')).toHaveCount(0);
  await expect(page.getByTestId('show-path')).toHaveAttribute('aria-pressed', 'false');
});

test('folds open on demand and can be switched off', async ({ page }) => {
  await open(page, paid);
  await row(page, 'p0').locator('.wf-toggle').click();
  await expect(page.getByTestId('rows-shown')).toContainText('412 in 1 fold');
  await expect(row(page, 'p3')).toHaveAttribute('aria-level', '5');
  await page.getByTestId('fold-repeats').click();
  await expect(page.getByTestId('rows-shown')).toContainText('460 of 460 spans in rows');
  await expect(row(page, 'p3')).toHaveAttribute('aria-level', '4');
});

test('subtrees, levels and everything fold', async ({ page }) => {
  await open(page, paid);
  await row(page, 'quote').locator('.wf-toggle').click();
  await expect(row(page, 'quote')).toHaveAttribute('aria-expanded', 'false');
  await expect(row(page, 'quote')).toContainText('422 below');
  await expect(row(page, 'quote')).toContainText('2 errors');
  await page.getByTestId('fold-level').selectOption('none');
  await expect.poll(() => names(page)).toEqual(['POST /cart/pay', '(missing parent 00000000676f6e65)']);
  await page.getByTestId('fold-level').selectOption('1');
  await expect.poll(async () => (await names(page)).slice(0, 3)).toEqual(['POST /cart/pay', ' POST /cart/pay', '(missing parent 00000000676f6e65)']);
  await page.getByTestId('fold-level').selectOption('all');
  await expect(page.getByTestId('rows-shown')).toContainText('460 of 460 spans in rows');
});

test('the keyboard walks, folds, finds errors and zooms', async ({ page }) => {
  await open(page, paid);
  await expect(page.locator('.rail-item.active')).toHaveText('Explore');
  // The rows have the focus, without a ring that nobody asked for; the keys work from the page's buttons as well.
  await expect(grid(page)).toBeFocused();
  await expect(grid(page)).toHaveCSS('outline-style', 'none');
  await page.getByTestId('show-path').focus();
  await page.keyboard.press('ArrowDown');
  await expect(grid(page)).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await expect(selected(page)).toHaveCSS('outline-style', 'solid');
  await expect(selected(page)).toContainText('POST /cart/paycheckout');
  await expect(grid(page)).toHaveAttribute('aria-activedescendant', 'wf-row-1');
  await expect(row(page, 'stock')).toHaveAttribute('aria-posinset', '3');
  await expect(row(page, 'stock')).toHaveAttribute('aria-setsize', '8');
  await page.keyboard.press('ArrowLeft');
  await expect(selected(page)).toHaveAttribute('aria-expanded', 'false');
  await page.keyboard.press('Shift+ArrowRight');
  await expect(page.getByTestId('rows-shown')).toContainText('460 of 460 spans in rows');
  await page.keyboard.press('ArrowRight');
  await expect(selected(page)).toContainText('GET /cart/{id}');
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowLeft');
  await expect(selected(page)).toContainText('POST /cart/paycheckout');
  await page.keyboard.press('e');
  await expect(selected(page)).toHaveAttribute('data-span', spanId('try1'));
  await page.keyboard.press('e');
  await expect(selected(page)).toHaveAttribute('data-span', spanId('try2'));
  await page.keyboard.press('Shift+E');
  await expect(selected(page)).toHaveAttribute('data-span', spanId('try1'));
  await page.keyboard.press('z');
  await expect.poll(() => new URL(page.url()).searchParams.get('zoom')).toMatch(/^1\d\d\.\d+-99\d\.\d+$/);
  await page.keyboard.press('Shift+Z');
  await page.keyboard.press('Shift+Z');
  await page.keyboard.press('Shift+Z');
  await expect.poll(() => new URL(page.url()).searchParams.get('zoom')).toBeNull();
  await page.keyboard.press('k');
  await expect(page.locator('.wf-path')).toHaveCount(0);
  await page.keyboard.press('/');
  await expect(page.getByTestId('trace-search')).toBeFocused();
});

test('dragging on the strip zooms, a double click shows everything', async ({ page }) => {
  await open(page, paid);
  const box = (await page.locator('.wf-strip').boundingBox())!;
  await page.mouse.move(box.x + box.width * 0.25, box.y + 20);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.5, box.y + 20, { steps: 4 });
  await page.mouse.up();
  await expect(page.getByTestId('rows-shown')).toContainText('of 3.01 s');
  await expect.poll(() => new URL(page.url()).searchParams.get('zoom')).not.toBeNull();
  const [from, to] = new URL(page.url()).searchParams.get('zoom')!.split('-').map(Number);
  expect(from).toBeGreaterThan(700); expect(from).toBeLessThan(800); expect(to).toBeGreaterThan(1450); expect(to).toBeLessThan(1560);
  await page.reload();
  await expect(page.getByTestId('rows-shown')).toContainText('of 3.01 s');
  await page.locator('.wf-strip').dblclick();
  await expect(page.getByTestId('rows-shown')).not.toContainText('of 3.01 s');
});

test('a search finds in any column, goes round, and dims the rest', async ({ page }) => {
  await open(page, paid);
  await page.getByTestId('trace-search').fill('psp.example');
  await expect(page.getByTestId('trace-found')).toHaveText('1');
  await page.keyboard.press('Enter');
  await expect(selected(page)).toHaveAttribute('data-span', spanId('psp'));
  // A number is looked for in columns of numbers, whoever presses Enter at once means what is typed now.
  await page.getByTestId('trace-search').fill('504');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('trace-found')).toHaveText('1 of 2');
  await expect(selected(page)).toHaveAttribute('data-span', spanId('try1'));
  await page.getByTestId('trace-search').fill('db.row >= 20');
  await expect(page.getByTestId('trace-found')).toHaveText('4');
  await page.getByTestId('next-match').click();
  await expect(page.getByTestId('trace-found')).toHaveText('1 of 4');
  // The match was in a fold, which is open now.
  await expect(selected(page)).toHaveAttribute('data-span', spanId('p20'));
  await page.getByTestId('previous-match').click();
  await expect(page.getByTestId('trace-found')).toHaveText('4 of 4');
  await page.getByTestId('dim-rest').click();
  await expect(row(page, 'gate')).toHaveClass(/dimmed/);
  await expect(row(page, 'p23')).not.toHaveClass(/dimmed/);
  await page.getByTestId('trace-search').fill('duration_ms = "slow"');
  await expect(page.getByTestId('trace-found')).toHaveText('not a condition');
  await page.getByTestId('trace-search').press('Escape');
  await expect(row(page, 'gate')).not.toHaveClass(/dimmed/);
});

test('columns stand beside the names and in the link', async ({ page }) => {
  await open(page, paid);
  await page.getByTestId('trace-columns').click();
  await page.getByTestId('trace-column-text').fill('http.response');
  await page.getByTestId('trace-column-text').press('Enter');
  await expect(row(page, 'try1').locator('.wf-value')).toHaveText('504');
  await expect.poll(() => new URL(page.url()).searchParams.getAll('col')).toEqual(['http.response.status_code']);
  await page.reload();
  await expect(row(page, 'try1').locator('.wf-value')).toHaveText('504');
});

test('the panel has all of a span, and its verbs lead to Explore', async ({ page }) => {
  await open(page, paid);
  await choose(page, 'quote');
  const panel = page.getByTestId('span-panel');
  await expect(panel).toContainText('self 164 ms');
  await expect(panel).toContainText('86.1 % of the trace');
  await panel.getByPlaceholder('Find a column or value').fill('rates');
  await expect(panel.locator('.kv-row')).toHaveCount(1);
  await expect(panel.locator('.kv-row')).toContainText('miss');
  await expect(page.getByTestId('span-place')).toContainText('among checkout / tax.quote, 24 h');
  await expect(page.getByTestId('span-place')).toContainText('p50');
  await panel.locator('.kv-row').hover();
  await panel.getByTitle('Exclude this value (x)').click();
  await expect(page).toHaveURL(/\/explore\?calc=COUNT&where=tax\.rates\.cache%20!=%20%22miss%22/);
  await page.goBack();
  await expect(page.getByTestId('span-panel')).toContainText('tax.quote');
  await expect(page.getByTestId('explore-kind')).toHaveAttribute('href', /where=service\.name%20=%20%22checkout%22%20and%20name%20=%20%22tax\.quote%22/);
});

test('events, logs and links are with their span, and logs lead to the waterfall and back', async ({ page }) => {
  await open(page, paid);
  await choose(page, 'try1');
  await page.getByTestId('span-tab-events').click();
  await expect(page.getByTestId('span-event')).toContainText('exception');
  await page.getByTestId('span-event').getByLabel('All columns').click();
  await expect(page.getByTestId('span-event')).toContainText('exception.type');
  await choose(page, 'pub');
  await page.getByTestId('span-tab-links').click();
  await expect(page.getByTestId('span-link').locator('a')).toHaveAttribute('href', `/trace/${'ab'.repeat(16)}?span=${'cd'.repeat(8)}`);
  await page.getByTestId('trace-log').nth(1).click();
  await expect(page.getByTestId('span-log')).toHaveCount(2);
  await expect(page.getByTestId('span-panel')).toContainText('tax.quote');
  await page.getByTestId('span-log').first().getByRole('button', { name: /attempt 1/ }).click();
  await expect(selected(page)).toContainText('attempt 1 timed out');
  await page.getByTestId('tab-logs').click();
  await expect(page.getByTestId('log-row')).toHaveCount(3);
  await page.getByTestId('log-row').last().click();
  await expect(selected(page)).toContainText('84.20 EUR');
  await expect(page.getByTestId('span-panel')).toContainText('POST /cart/pay');
});

test('a link leads to the trace, its span and its zoom', async ({ page, context }) => {
  await open(page, paid, `?span=${spanId('r77')}&zoom=1900-2000`);
  // The span is in a fold, which opens for it.
  await expect(selected(page)).toHaveAttribute('data-span', spanId('r77'));
  await expect(page.getByTestId('span-panel')).toContainText('SELECT tax_rate');
  await expect(page.getByTestId('rows-shown')).toContainText('100 ms of 3.01 s');
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.getByTestId('share-link').click();
  await expect(page.getByTestId('toast')).toContainText('Link copied');
  const link = await page.evaluate(() => navigator.clipboard.readText());
  expect(link).toContain(`/trace/${paid}?span=${spanId('r77')}`);
  expect(link).toContain('zoom=1900-2000');
});
