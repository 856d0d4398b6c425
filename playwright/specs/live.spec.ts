import { faults } from '../fixtures/axe';
import { expect, screenshotBothThemes, test } from '../fixtures/test';
import { explore, parameters, runIsComplete, sendSpans } from '../fixtures/explore';

test('the tail shows what arrives, narrows, pauses and goes on', async ({ page, server }) => {
  await sendSpans(server, [{ name: 'before', attributes: { n: 1 } }]);
  await page.goto(server.ui + '/tail');
  const rows = page.getByTestId('tail').getByTestId('event-row');
  await expect(rows).toHaveText([/before/]);
  await sendSpans(server, [{ name: 'good', attributes: { n: 2 } }, { name: 'bad', attributes: { n: 3 } }]);
  await expect(rows).toHaveCount(3);

  await page.keyboard.press('p');
  await expect(page.getByTestId('tail-meta')).toHaveAttribute('data-state', 'paused');
  await sendSpans(server, [{ name: 'unseen', attributes: { n: 4 } }]);
  await expect(page.getByTestId('tail-left-out')).toContainText('1 of');
  await expect(rows).toHaveCount(3);
  await page.keyboard.press('p');

  await rows.filter({ hasText: 'bad' }).click();
  await page.getByTestId('event-panel').locator('.kv-row', { hasText: 'bad' }).focus();
  await page.keyboard.press('f');
  await expect.poll(() => parameters(page).get('where')).toBe('name = "bad"');
  await expect(rows).toHaveText([/bad/]);
  await sendSpans(server, [{ name: 'good', attributes: { n: 5 } }, { name: 'bad', attributes: { n: 6 } }]);
  await expect(rows).toHaveCount(2);
  await page.goBack();
  await expect(rows.filter({ hasText: 'good' })).not.toHaveCount(0);
});

test('the tail says how many it leaves out of a busy stream', async ({ page, demo }) => {
  await page.goto(demo.ui + '/tail?rate=2&col=cloud.region');
  await expect(page.getByTestId('tail').getByTestId('event-row').nth(3)).toBeVisible();
  await expect(page.getByTestId('tail-left-out')).toContainText('left out: more than 2 a second');
  await page.goto(demo.ui + '/tail');
  await expect(page.getByTestId('tail').getByTestId('event-row').nth(25)).toBeAttached();
  await page.keyboard.press('p');
  await screenshotBothThemes(page, 'tail');
  expect(await faults(page)).toEqual([]);
});

test('a question is asked again by itself, but not while a menu is open', async ({ page, server }) => {
  await sendSpans(server, [{ name: 'first', attributes: { n: 1 } }]);
  await page.goto(server.ui + explore({ calc: ['COUNT'], range: '1h', refresh: '2s' }));
  await runIsComplete(page);
  await expect(page.getByTestId('events-matched')).toHaveText('1');
  await sendSpans(server, [{ name: 'second', attributes: { n: 2 } }]);
  await expect(page.getByTestId('events-matched')).toHaveText('2');

  await page.getByTestId('chart-menu').first().click();
  await expect(page.getByTestId('chart-actions')).toBeVisible();
  const at = () => page.getByTestId('query-meta').locator('.push').last().innerText();
  const before = await at();
  await sendSpans(server, [{ name: 'third', attributes: { n: 3 } }]);
  await page.waitForTimeout(4_000);
  expect(await at(), 'nothing moves under an open menu').toBe(before);
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('events-matched')).toHaveText('3');

  await page.getByTestId('auto-refresh').selectOption('0');
  await expect.poll(() => parameters(page).get('refresh')).toBeNull();
});
