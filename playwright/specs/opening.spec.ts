import { expect, test } from '../fixtures/test';
import { payment, sendTrace } from '../fixtures/traces';

const id = 'ee'.repeat(16);

test('a trace is drawn before its page has started, and the page takes it over as it stands', async ({ page, server }) => {
  const { spans, logs } = payment();
  await sendTrace(server, id, spans, logs);
  // Blazor comes when it is let through.
  let start = () => {};
  const started = new Promise<void>(resolve => { start = resolve; });
  await page.route('**/blazor.web*.js', async route => { await started; await route.continue(); });
  const asked: string[] = [];
  page.on('request', request => { if (request.url().includes(`${id}/waterfall`) && !request.url().includes('after=')) asked.push(request.url()); });

  await page.goto(`${server.ui}/trace/${id}?zoom=0-3000`, { waitUntil: 'commit' });
  const rows = page.getByTestId('trace-waterfall').getByTestId('trace-span');
  await expect(rows.first()).toContainText('POST /cart/pay');
  await expect(page.locator('[data-part=summary]')).toContainText('duration 3.01');
  await expect(page.getByTestId('rows-shown')).toContainText('3.00 s of 3.01 s');
  expect(asked, 'what the document preloads is what the script takes').toHaveLength(1);
  await rows.filter({ hasText: 'tax.quote' }).first().click();
  const before = await page.evaluate(() => document.querySelector('.wf-scroll')!.getBoundingClientRect().toJSON());

  start();
  // The first page of a server that has just started takes its time on a busy machine.
  await expect(page.getByTestId('span-panel')).toContainText('tax.quote', { timeout: 45_000 });
  await expect(page).toHaveURL(/span=/);
  await expect(page.locator('#opening')).toHaveCount(0);
  await expect(page.getByTestId('trace-waterfall')).toHaveCount(1);
  await expect(rows.filter({ hasText: 'tax.quote' }).first()).toHaveAttribute('aria-selected', 'true');
  const after = await page.evaluate(() => document.querySelector('.wf-scroll')!.getBoundingClientRect().toJSON());
  expect([after.top, after.left, after.bottom], 'nothing jumps').toEqual([before.top, before.left, before.bottom]);
  expect(asked).toHaveLength(1);
});
