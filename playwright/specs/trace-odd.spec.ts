import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures/test';
import { document as otlp, excessive, hostile, large, sendTrace, spanId } from '../fixtures/traces';
import { choose, grid, names, openTrace, row, rows, selected } from '../fixtures/trace-page';
import { Server } from '../fixtures/server';

// Traces as no tutorial has them: each is shown as it is.
let server: Server;
const bad = '00000000000000000000000000000bad', chain = '000000000000000000000000000c4a17';

test.beforeAll(async () => {
  server = await Server.start();
  await sendTrace(server, bad, hostile());
});
test.afterAll(() => server.stop());

const open = (page: Page, traceId: string, query = '') => openTrace(page, server, traceId, query);

test('hostile trees are shown as they are', async ({ page }) => {
  await open(page, bad);
  await expect.poll(() => names(page)).toEqual([
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

test('ten hours beside milliseconds, a thousand columns, and log records of nobody', async ({ page }) => {
  const id = '0000000000000000000000000000010f', { spans, logs } = excessive();
  await sendTrace(server, id, spans, logs, BigInt(Date.now() - 12 * 3_600_000) * 1_000_000n);
  // A zoom behind the end, and a span that is not there.
  await open(page, id, '?span=ffffffffffffffff&zoom=99999999999-99999999999.5');
  await expect(page.getByTestId('rows-shown').locator('..')).toContainText('The span of this address is not here');
  await page.locator('.wf-strip').dblclick();
  await expect(page.getByTestId('trace-summary')).toContainText('duration 10 h');
  await expect(page.locator('.wf-axis')).toContainText('2 h');
  await expect(page.locator('.wf-row.log').filter({ hasText: '◂ said before it began' })).toBeVisible();
  await expect(page.locator('.wf-row.log').filter({ hasText: 'said when all was over ▸' })).toBeVisible();
  await expect(row(page, 'none')).toContainText('0 ms');
  await expect(row(page, 'tiny')).toContainText('naïve ☕ 日本語 \\u202Egnp.exe');
  // A log record without a span has a panel of its own, and is found.
  await page.getByTestId('trace-search').fill('NOBODY we know');
  await expect(page.getByTestId('trace-found')).toHaveText('1');
  await page.keyboard.press('Enter');
  await expect(selected(page)).toContainText('said by nobody we know');
  await expect(page.getByTestId('event-panel')).toContainText('said by nobody we know');
  await page.getByTestId('trace-search').fill('much of');
  await page.keyboard.press('Enter');
  await expect(selected(page)).toHaveAttribute('data-span', spanId('many'));
  const panel = page.getByTestId('span-panel');
  await expect(panel).toContainText(/1,0\d\d columns/);
  await panel.getByPlaceholder('Find a column or value').fill('attr.777');
  await expect(panel.locator('.kv-row')).toHaveCount(1);
  await expect(panel.locator('.kv-row')).toContainText('2331');
  await page.getByTestId('span-tab-events').click();
  await expect(page.getByTestId('span-event')).toHaveCount(100);
  await page.getByTestId('more-of-span').click();
  await expect(page.getByTestId('span-event')).toHaveCount(200);
  await grid(page).focus();
  await page.keyboard.press('z');
  await expect(page.getByTestId('rows-shown')).toContainText('5.50 ms of 10 h');
  // The linked trace is not there yet; when it comes, the page has it.
  await choose(page, 'long');
  await page.getByTestId('span-tab-links').click();
  await page.getByTestId('span-link').locator('a').click();
  await expect(page.getByTestId('no-trace')).toContainText('looks again by itself');
  await sendTrace(server, 'ab5e'.repeat(8), [{ id: 'after', name: 'came after all', start: 0, length: 5 }]);
  await expect(row(page, 'after')).toContainText('came after all');
  await expect(page.getByTestId('no-trace')).toHaveCount(0);
});

test('a chain of five thousand spans is walked to its end', async ({ page }) => {
  await sendTrace(server, chain, Array.from({ length: 5000 }, (_, i) => ({ id: `c${i}`, parent: i === 0 ? undefined : `c${i - 1}`, name: `link ${i}`, start: i * 0.01, length: 101 - i * 0.02 })));
  await open(page, chain);
  await expect(page.getByTestId('trace-summary')).toContainText('depth 5,000');
  await grid(page).focus();
  await page.keyboard.press('End');
  await expect(selected(page)).toContainText('link 4999');
  await expect(selected(page)).toHaveAttribute('aria-level', '5000');
  await expect(selected(page)).toContainText('4,999');
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

test('a file that is no trace is refused with its reason, one that is unknown to the store is shown', async ({ page }) => {
  await open(page, bad);
  await page.getByTestId('open-file').setInputFiles({ name: 'x.json', mimeType: 'application/json', buffer: Buffer.from('{"a":1}') });
  await expect(page.getByTestId('file-error')).toContainText('has no spans');
  await page.getByTestId('open-file').setInputFiles({ name: 'x.bin', mimeType: 'application/json', buffer: Buffer.from([0x50, 0x4b, 3, 4, 0, 255]) });
  await expect(page.getByTestId('file-error')).toContainText('not OTLP/JSON');
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

test('tens of thousands of repeats are one row until it is opened, and an id is read in either case', async ({ page }) => {
  const id = '000000000000000000000000000ABCDE', count = 40_000;
  const repeats = Array.from({ length: count }, (_, i) => ({ id: `k${i}`, parent: 'all', name: 'SELECT again', start: i, length: 1 }));
  await sendTrace(server, id, [{ id: 'all', name: 'asks too often', start: 0, length: count }, ...repeats]);
  await open(page, id, `?span=${spanId('all').toUpperCase()}`);
  await expect(selected(page)).toContainText('asks too often');
  await expect(row(page, 'k0')).toContainText('× 40,000 · 40.0 s total');
  await expect(page.getByTestId('rows-shown')).toContainText('1 of 40,001 spans in rows, 40,000 in 1 fold');
  await row(page, 'k0').locator('.wf-toggle').click();
  await grid(page).focus();
  await page.keyboard.press('End');
  await expect(page).toHaveURL(new RegExp(`/trace/${id.toLowerCase()}\\?span=${spanId(`k${count - 1}`)}`));
  await expect(selected(page)).toHaveAttribute('data-span', spanId(`k${count - 1}`));
  expect(await page.locator('.wf-row').count()).toBeLessThan(80);
});
