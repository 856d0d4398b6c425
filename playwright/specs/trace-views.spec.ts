import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { faults } from '../fixtures/axe';
import { expect, screenshotBothThemes, test } from '../fixtures/test';
import { hostile, payment, sendTrace, spanId } from '../fixtures/traces';
import { choose, openTrace, selected } from '../fixtures/trace-page';
import { Server } from '../fixtures/server';

// The other views of a trace, and its way out and back as a file.
let server: Server;
const paid = '8e21f0c4a97b4d03b6155d1e77a0c9f2', bad = '00000000000000000000000000000bad', other = '00000000000000000000000000000b0b';

test.beforeAll(async () => {
  server = await Server.start();
  const { spans, logs } = payment();
  await sendTrace(server, paid, spans, logs);
  await sendTrace(server, bad, hostile());
  // The same without the retries: what a comparison is for.
  await sendTrace(server, other, spans.filter(s => !['try1', 'wait1', 'try2', 'wait2'].includes(s.id)).map(s => s.id === 'quote' ? { ...s, length: 900 } : s));
});
test.afterAll(() => server.stop());

const open = (page: Page, traceId: string, query = '') => openTrace(page, server, traceId, query);

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
  const worst = page.getByTestId('statistics-row').first();
  await expect(worst).toContainText('tax');
  await worst.hover();
  await worst.getByTitle('Filter to this value (f)').click();
  await expect(page).toHaveURL(/\/explore\?calc=COUNT&where=service\.name%20=%20%22tax%22/);
});

test('the flame graph is walked by keys and leads back to the waterfall', async ({ page }) => {
  await open(page, paid);
  await page.getByTestId('tab-flame').click();
  const canvas = page.locator('.flame-canvas');
  await expect(canvas).toBeVisible();
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
