import { expect, test } from '@playwright/test';
import { large, sendTrace } from '../fixtures/traces';
import { Server } from '../fixtures/server';

const rounds = Number(process.env.ROUNDS ?? 5);
const ms = (value: number) => `${Math.round(value)} ms`;
const median = (values: number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

for (const spans of [10_000, 100_000]) {
  test(`a trace of ${spans} spans`, async ({ browser }) => {
    const server = await Server.start();
    const id = spans.toString(16).padStart(32, 'b');
    await sendTrace(server, id, large(spans));
    const opened: number[] = [], started: number[] = [], answered: number[] = [], frames: number[] = [];
    let memory = 0, bytes = 0;
    for (let round = 0; round < rounds; round++) {
      const asked = performance.now();
      const answer = await fetch(`${server.ui}/api/v1/traces/${id}/waterfall`);
      bytes = (await answer.arrayBuffer()).byteLength;
      answered.push(performance.now() - asked);

      const page = await browser.newPage();
      const before = performance.now();
      await page.goto(`${server.ui}/trace/${id}`, { waitUntil: 'commit' });
      await page.locator('.wf-row:not(.wf-head) .wf-bar').first().waitFor();
      opened.push(performance.now() - before);
      await page.locator('.trace-page[data-state=shown]').waitFor();
      started.push(performance.now() - before);
      await page.getByTestId('fold-repeats').click();
      await page.getByTestId('fold-level').selectOption('all');
      // Two seconds of fast scrolling, as with a wheel that is spun; each frame's time is kept.
      frames.push(...await page.locator('.wf-scroll').evaluate(element => new Promise<number[]>(done => {
        const times: number[] = [];
        let last = performance.now();
        const start = last;
        const step = (now: number) => {
          times.push(now - last);
          last = now;
          element.scrollTop += 700;
          if (now - start < 2000) requestAnimationFrame(step); else done(times.slice(1));
        };
        requestAnimationFrame(step);
      })));
      const session = await page.context().newCDPSession(page);
      await session.send('HeapProfiler.collectGarbage');
      memory = Math.max(memory, (await session.send('Runtime.getHeapUsage')).usedSize + ((await session.send('Runtime.getHeapUsage') as { backingStorageSize?: number }).backingStorageSize ?? 0));
      await page.close();
    }

    frames.sort((a, b) => a - b);
    console.log(`${spans} spans, ${rounds} rounds: open ${ms(median(opened))} (best ${ms(Math.min(...opened))}), its page ${ms(median(started))}, of it the answer ${ms(median(answered))} (best ${ms(Math.min(...answered))}), ${(bytes / 1e6).toFixed(1)} MB; `
      + `frame p50 ${ms(median(frames))}, p95 ${ms(frames[Math.floor(frames.length * 0.95)])}; script memory ${(memory / 1e6).toFixed(0)} MB`);
    expect(frames.length).toBeGreaterThan(0);
    await server.stop();
  });
}
