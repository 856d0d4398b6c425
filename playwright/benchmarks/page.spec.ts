import { expect, test } from '../fixtures/test';
import { explore, runIsComplete } from '../fixtures/explore';
import type { Server } from '../fixtures/server';
import type { Page } from '@playwright/test';

const series = 50;
const points = 360;

/** One span for each of 50 groups and each of 360 buckets of ten seconds. */
async function fill(server: Server): Promise<string> {
  const start = BigInt(Math.floor(Date.now() / 10_000) * 10_000 - points * 10_000) * 1_000_000n;
  for (let from = 0; from < points; from += 60) {
    const spans = Array.from({ length: 60 * series }, (_, i) => {
      const [bucket, group] = [from + Math.floor(i / series), i % series];
      const begin = start + BigInt(bucket) * 10_000_000_000n + BigInt(group) * 1_000_000n;
      return {
        traceId: (i + 1).toString(16).padStart(32, '0'), spanId: (bucket * series + group + 1).toString(16).padStart(16, '0'), name: `operation ${group}`, kind: 2,
        startTimeUnixNano: String(begin), endTimeUnixNano: String(begin + BigInt(Math.round((group + 2 + Math.sin(bucket / 20 + group)) * 1e6))),
        attributes: [{ key: 'http.route', value: { stringValue: `/route/${group}` } }],
      };
    });
    await server.send('traces', { resourceSpans: [{ resource: { attributes: [{ key: 'service.name', value: { stringValue: 'many' } }] }, scopeSpans: [{ spans }] }] });
  }
  return explore({ calc: ['AVG(duration_ms)', 'COUNT'], by: ['name'], step: '10s', start: new Date(Number(start / 1_000_000n)).toISOString(), end: new Date(Number(start / 1_000_000n) + points * 10_000).toISOString() });
}

/** Collects the durations of what the browser counts as interactions, and of frames between events of the pointer. */
async function observe(page: Page): Promise<void> {
  await page.evaluate(() => {
    const seen = (window as unknown as { seen: Record<string, number[]> });
    seen.seen = { interaction: [], hover: [] };
    new PerformanceObserver(list => {
      for (const entry of list.getEntries() as (PerformanceEntry & { interactionId: number })[]) {
        if (entry.interactionId) seen.seen.interaction.push(entry.duration);
        else if (entry.name.startsWith('pointer')) seen.seen.hover.push(entry.duration);
      }
    }).observe({ type: 'event', buffered: true, durationThreshold: 16 } as PerformanceObserverInit);
    addEventListener('pointermove', () => {
      const begin = performance.now();
      requestAnimationFrame(() => setTimeout(() => seen.seen.hover.push(performance.now() - begin)));
    }, { capture: true });
  });
}

async function report(page: Page, what: string, count: number): Promise<void> {
  const durations = await page.evaluate(() => (window as unknown as { seen: Record<string, number[]> }).seen);
  for (const [kind, all] of Object.entries(durations)) {
    // Interactions below 16 ms are not told; they count as that.
    const sorted = [...all, ...Array(Math.max(0, kind === 'interaction' ? count - all.length : 0)).fill(16)].sort((a, b) => a - b);
    if (sorted.length === 0) continue;
    const at = (share: number) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]);
    console.log(`${what}, ${kind}: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, most ${at(1)} ms (${sorted.length})`);
  }
}

test('typing and hovering with 50 series', async ({ page, server }) => {
  const address = await fill(server);
  await page.goto(server.ui + address);
  await runIsComplete(page);
  await expect(page.getByTestId('chart-0').locator('.scatterlayer .trace')).toHaveCount(series);

  await observe(page);
  const box = (await page.getByTestId('chart-0').locator('.layer').boundingBox())!;
  for (let i = 0; i < 200; i++) {
    await page.mouse.move(box.x + 60 + ((i * 37) % (box.width - 80)), box.y + 30 + ((i * 13) % (box.height - 60)));
    await page.waitForTimeout(10);
  }
  const rows = page.getByTestId('results-table').locator('tbody tr[data-series]');
  for (let i = 0; i < 20; i++) await rows.nth(i % 8).hover();
  await report(page, 'hovering', 0);

  await observe(page);
  await page.getByTestId('add-where').click();
  const typed = 'http.route contains "/route/1';
  await page.keyboard.type(typed, { delay: 60 });
  for (let i = 0; i < 10; i++) await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Escape');
  await page.waitForTimeout(500);
  await report(page, 'typing', typed.length + 12);
});

test('the first load', async ({ browser, server }) => {
  const address = await fill(server);
  for (let round = 0; round < 5; round++) {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    const page = await context.newPage();
    await page.waitForTimeout(1_500); // what the browser does to open a window is over when a person goes to a page in it
    const session = await context.newCDPSession(page);
    let bytes = 0;
    await session.send('Network.enable');
    session.on('Network.loadingFinished', event => { bytes += event.encodedDataLength; });
    const begin = Date.now();
    await page.goto(server.ui + address, { waitUntil: 'commit' });
    await page.getByTestId('query-builder').waitFor();
    const usable = Date.now() - begin;
    await page.getByTestId('chart-0').locator('.scatterlayer .trace').first().waitFor({ state: 'attached' });
    console.log(`load ${round}: usable after ${usable} ms, drawn after ${Date.now() - begin} ms, ${Math.round(bytes / 1000)} kB`);
    await context.close();
  }
});
