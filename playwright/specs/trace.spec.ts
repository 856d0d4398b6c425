import { readFile } from 'node:fs/promises';
import type { Locator, Page } from '@playwright/test';
import { faults } from '../fixtures/axe';
import { expect, screenshotBothThemes, test } from '../fixtures/test';
import { document as otlp, hostile, large, payment, sendTrace, spanId } from '../fixtures/traces';
import { Server } from '../fixtures/server';

// One server for all of these: every test reads traces of its own.
let server: Server;
const paid = '8e21f0c4a97b4d03b6155d1e77a0c9f2', bad = '00000000000000000000000000000bad', other = '00000000000000000000000000000b0b', chain = '000000000000000000000000000c4a17';

test.beforeAll(async () => {
  server = await Server.start();
  const { spans, logs } = payment();
  await sendTrace(server, paid, spans, logs);
  await sendTrace(server, bad, hostile());
  // The same without the retries: what a comparison is for.
  await sendTrace(server, other, spans.filter(s => !['try1', 'wait1', 'try2', 'wait2'].includes(s.id)).map(s => s.id === 'quote' ? { ...s, length: 900 } : s));
  await sendTrace(server, chain, Array.from({ length: 3000 }, (_, i) => ({ id: `c${i}`, parent: i === 0 ? undefined : `c${i - 1}`, name: `link ${i}`, start: i * 0.01, length: 60 - i * 0.02 })));
});
test.afterAll(() => server.stop());

const rows = (page: Page) => page.getByTestId('trace-span');
const row = (page: Page, id: string) => page.locator(`.wf-row:not([hidden])[data-span="${spanId(id)}"]`).first();
const grid = (page: Page) => page.getByRole('treegrid');
const selected = (page: Page) => page.locator('.wf-row.seld:not([hidden])');

async function open(page: Page, traceId: string, query = ''): Promise<void> {
  await page.goto(`${server.ui}/trace/${traceId}${query}`);
  // The first page of a server that has just started takes its time on a busy machine.
  await expect(page.locator('.trace-page')).toHaveAttribute('data-state', 'shown', { timeout: 45_000 });
}

async function choose(page: Page, id: string): Promise<void> {
  await row(page, id).locator('.wf-title').click();
  await expect(page.getByTestId('span-panel')).toHaveAttribute('data-state', 'shown');
}

const left = async (element: Locator) => (await element.boundingBox())!.x;
const names = (page: Page) => page.locator('.wf-row:not(.wf-head):not([hidden])').evaluateAll(all => all
  .sort((a, b) => Number(a.getAttribute('aria-rowindex')) - Number(b.getAttribute('aria-rowindex')))
  .map(e => ' '.repeat(Number(e.getAttribute('aria-level')) - 1) + e.querySelector('.wf-title, .badge')!.textContent));

test('the waterfall shows the tree with folds, marks, logs, the critical path and what is odd', async ({ page }) => {
  await open(page, paid);
  await expect(page.getByTestId('trace-summary')).toContainText('spans 460');
  await expect(page.getByTestId('trace-summary')).toContainText('errors 2');
  await expect(page.getByTestId('trace-notes')).toContainText('clock skew tax −4.00 ms');
  await expect(page.getByTestId('trace-notes')).toContainText('1 missing parent');
  const first = (await names(page)).slice(0, 6);
  expect(first).toEqual(['POST /cart/pay', ' POST /cart/pay', '  GET /cart/{id}', '   SELECT cart_items', '   SELECT product', '  promo.apply']);
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
  expect(await names(page)).toEqual(['POST /cart/pay', '(missing parent 00000000676f6e65)']);
  await page.getByTestId('fold-level').selectOption('1');
  expect((await names(page)).slice(0, 3)).toEqual(['POST /cart/pay', ' POST /cart/pay', '(missing parent 00000000676f6e65)']);
  await page.getByTestId('fold-level').selectOption('all');
  await expect(page.getByTestId('rows-shown')).toContainText('460 of 460 spans in rows');
});

test('the keyboard walks, folds, finds errors and zooms', async ({ page }) => {
  await open(page, paid);
  await grid(page).focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await expect(selected(page)).toContainText('POST /cart/paycheckout');
  await expect(grid(page)).toHaveAttribute('aria-activedescendant', 'wf-row-1');
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

test('hostile trees are shown as they are', async ({ page }) => {
  await open(page, bad);
  expect(await names(page)).toEqual([
    'first root', ' <img src=x onerror=alert(1)>', ' ends before it starts', ' twin one', '  below a twin', ' twin two', 'second root',
    '(missing parent 00006e6f626f6479)', ' orphan', 'circle a', ' circle b', '  hangs below the circle', '  circle c', 'its own parent',
  ]);
  await expect(row(page, 'back')).toContainText('ends before it starts');
  await expect(row(page, 'back')).toContainText('−5.00 ms');
  await expect(page.locator(`[data-span="${spanId('twin')}"]`).nth(1)).toContainText('duplicate id');
  await expect(row(page, 'cira')).toContainText('its own ancestor');
  await expect(row(page, 'self')).toContainText('its own ancestor');
  await expect(row(page, 'hang')).not.toContainText('ancestor');
  await expect(page.getByTestId('trace-notes')).toContainText('2 roots');
  expect(await page.locator('.wf-space img, .wf-space b').count()).toBe(0);
  await page.locator(`[data-span="${spanId('twin')}"]`).nth(1).locator('.wf-title').click();
  await expect(page.getByTestId('span-panel')).toContainText('twin two');
});

test('a chain of three thousand spans is walked to its end', async ({ page }) => {
  await open(page, chain);
  await expect(page.getByTestId('trace-summary')).toContainText('depth 3,000');
  await grid(page).focus();
  await page.keyboard.press('End');
  await expect(selected(page)).toContainText('link 2999');
  await expect(selected(page)).toHaveAttribute('aria-level', '3000');
  await expect(selected(page)).toContainText('2,999');
});

test('spans that arrive later appear by themselves, and what was chosen stays', async ({ page }) => {
  const growing = '0000000000000000000000000000face';
  const start = BigInt(Date.now() - 5_000) * 1_000_000n;
  await sendTrace(server, growing, [{ id: 'late', parent: 'top', name: 'came first', start: 10, length: 20 }], [], start);
  await open(page, growing);
  await expect(page.getByTestId('trace-notes')).toContainText('1 missing parent');
  await choose(page, 'late');
  await sendTrace(server, growing, [{ id: 'top', name: 'came later', start: 0, length: 100 }], [], start);
  await expect(row(page, 'top')).toContainText('came later', { timeout: 30_000 });
  await expect(page.getByTestId('trace-notes')).not.toContainText('missing parent');
  await expect(selected(page)).toHaveAttribute('data-span', spanId('late'));
  await expect(page.getByTestId('span-panel')).toContainText('came first');
});

test('statistics group the spans by any column', async ({ page }) => {
  await open(page, paid, '?tab=statistics');
  const first = page.getByTestId('statistics-row').first();
  await expect(first).toContainText('wait for provider');
  await expect(page.getByTestId('trace-statistics').locator('tfoot')).toContainText('460');
  await page.getByTestId('statistics-by').fill('service.name');
  await page.getByTestId('statistics-by').press('Enter');
  await expect(page.getByTestId('statistics-row').filter({ hasText: 'postgres' })).toContainText('440');
  await expect(page).toHaveURL(/by=service\.name/);
  await page.getByRole('button', { name: 'errors' }).click();
  await expect(page.getByTestId('statistics-row').first()).toContainText('tax');
});

test('the flame graph is walked by keys and leads back to the waterfall', async ({ page }) => {
  await open(page, paid);
  await page.getByTestId('tab-flame').click();
  const canvas = page.locator('.flame-canvas');
  await canvas.focus();
  await page.keyboard.press('ArrowDown');
  await expect(page.getByTestId('flame-said')).toContainText('POST /cart/pay gateway');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await expect(page.getByTestId('flame-said')).toContainText('GET /cart/{id}');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowRight');
  await expect(page.getByTestId('flame-said')).toContainText('SELECT product postgres 24 spans');
  // Something is drawn, in more than one colour.
  expect(await canvas.evaluate((c: HTMLCanvasElement) => new Set(new Uint32Array(c.getContext('2d')!.getImageData(0, 0, c.width, c.height).data.buffer)).size)).toBeGreaterThan(5);
  await page.keyboard.press('w');
  await expect(page.getByTestId('trace-waterfall')).toBeVisible();
  await expect(selected(page)).toHaveAttribute('data-span', spanId('p0'));
});

test('two traces are compared side by side', async ({ page }) => {
  await open(page, paid);
  await page.getByTestId('tab-compare').click();
  await expect(page.getByTestId('compare-offer')).toHaveCount(1);
  await page.getByTestId('compare-offer').getByRole('button').click();
  await expect(page).toHaveURL(new RegExp(`with=${other}`));
  const line = (text: string) => page.getByTestId('compare-row').filter({ hasText: text }).first();
  await expect(line('tax.quote')).toContainText('−1.69 s');
  await expect(line('wait for provider')).toHaveAttribute('data-side', 'only-a');
  await page.getByTestId('compare-with').fill('f'.repeat(32));
  await page.getByTestId('compare-with').press('Enter');
  await expect(page.getByTestId('trace-compare')).toContainText('There is no trace');
});

test('a trace is downloaded, and opened again by dropping the file, without being stored', async ({ page }) => {
  await open(page, paid);
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByTestId('download-otlp').click()]);
  const text = await readFile(await download.path(), 'utf8');
  expect(JSON.parse(text).resourceSpans.length).toBe(9);
  const before = (await server.status()).events;
  await page.evaluate(json => {
    const data = new DataTransfer();
    data.items.add(new File([json], 'trace.json', { type: 'application/json' }));
    document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true }));
  }, text);
  await expect(page).toHaveURL(/\/trace\/file-[0-9a-f]{24}/);
  await expect(page.getByText('from a file, not stored')).toBeVisible();
  await expect(page.getByTestId('trace-summary')).toContainText('spans 460');
  await choose(page, 'quote');
  await expect(page.getByTestId('span-panel')).toContainText('tax.rates.cache');
  await page.getByTestId('trace-search').fill('PSP.example');
  await expect(page.getByTestId('trace-found')).toHaveText('1');
  expect((await server.status()).events).toBe(before);
});

test('a file that is no trace is refused with its reason, one that is unknown to the store is shown', async ({ page }) => {
  await open(page, bad);
  await page.getByTestId('open-file').setInputFiles({ name: 'x.json', mimeType: 'application/json', buffer: Buffer.from('{"a":1}') });
  await expect(page.getByTestId('toast')).toContainText('has no spans');
  const file = JSON.stringify(otlp('12'.repeat(16), 1_700_000_000_000_000_000n, [{ id: 'a', name: 'never sent', start: 0, length: 5 }]));
  await page.getByTestId('open-file').setInputFiles({ name: 'y.json', mimeType: 'application/json', buffer: Buffer.from(file) });
  await expect(rows(page).first()).toContainText('never sent');
});

test('a trace that is not there says so', async ({ page }) => {
  await page.goto(`${server.ui}/trace/${'9'.repeat(32)}`);
  await expect(page.getByTestId('no-trace')).toContainText('There are no spans of this trace');
});

test('a large trace keeps few rows in the page, wherever it is', async ({ page }) => {
  const id = '00000000000000000000000000b16b16';
  await sendTrace(server, id, large(12_000));
  await open(page, id);
  await page.getByTestId('fold-repeats').click();
  await expect(page.getByTestId('rows-shown')).toContainText('12,000 of 12,000 spans in rows');
  expect(await page.locator('.wf-row').count()).toBeLessThan(80);
  await expect(grid(page)).toHaveAttribute('aria-rowcount', '12001');
  await page.locator('.wf-scroll').evaluate(e => { e.scrollTop = e.scrollHeight / 2; });
  await expect(page.locator('.wf-row[aria-rowindex="6001"]:not([hidden])')).toBeVisible();
  expect(await page.locator('.wf-row').count()).toBeLessThan(80);
  await page.locator('.wf-scroll').evaluate(e => { e.scrollTop = e.scrollHeight; });
  await expect(page.locator('.wf-row[aria-rowindex="12001"]:not([hidden])')).toBeVisible();
});

test('the waterfall with a span has no serious fault for assistive technology', async ({ page }) => {
  test.slow();
  await open(page, paid);
  await choose(page, 'quote');
  await expect(page.getByTestId('span-place')).toContainText('p50');
  expect(await faults(page), 'waterfall').toEqual([]);
  await page.getByTestId('trace-columns').click();
  expect(await faults(page), 'columns').toEqual([]);
});

test('the other views of a trace have no serious fault for assistive technology', async ({ page }) => {
  test.slow();
  await open(page, paid);
  for (const tab of ['flame', 'statistics', 'logs', 'compare']) {
    await page.getByTestId(`tab-${tab}`).click();
    await expect(page.getByTestId(`tab-${tab}`)).toHaveAttribute('aria-selected', 'true');
    if (tab === 'statistics') await page.getByTestId('statistics-row').first().waitFor();
    if (tab === 'compare') await page.getByTestId('compare-offer').first().waitFor();
    expect(await faults(page), tab).toEqual([]);
  }
});

test('pictures of the trace page', async ({ page }) => {
  await open(page, paid, `?span=${spanId('quote')}`);
  await expect(page.getByTestId('span-place')).toContainText('p50');
  await screenshotBothThemes(page, 'trace-waterfall');
  for (const tab of ['flame', 'statistics', 'compare']) {
    await page.getByTestId(`tab-${tab}`).click();
    await page.waitForTimeout(400);
    await screenshotBothThemes(page, `trace-${tab}`);
  }
  await open(page, bad);
  await screenshotBothThemes(page, 'trace-hostile');
});
