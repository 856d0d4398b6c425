import { send } from '../clients/run';
import { Server } from '../fixtures/server';
import { expect, screenshotBothThemes, test } from '../fixtures/test';

test('an empty store shows where to send, and turns into data by itself', async ({ page, server }) => {
  await page.goto(server.ui);
  await expect(page.getByText(server.addresses.otlpGrpc).first()).toBeVisible();
  await expect(page.getByText(server.addresses.otlpHttp).first()).toBeVisible();
  await expect(page.getByTestId('first-disk')).toContainText(/data in .+, [\d.]+\s\w+ free/);
  await screenshotBothThemes(page, 'first-run');

  const refused = await fetch(`${server.addresses.otlpHttp}/v1/traces`, { method: 'POST', headers: { 'Content-Type': 'text/plain' }, body: 'spans' });
  expect(refused.status).toBe(415);
  await expect(page.getByRole('complementary', { name: 'Arriving now' })).toContainText('A request was refused.');

  const sent = await send(server.addresses, 'json', 5, 0);

  await expect(page.getByTestId('results-table')).toBeVisible({ timeout: 30_000 });
  await expect(page.getByTestId('results-table')).toContainText(String(sent.spans));
});

test('the demo is started from the empty page, and leads on', async ({ page }) => {
  const server = await Server.start('--demo-backfill', '2m', '--demo-rate', '5');
  await page.goto(server.ui);
  await page.getByTestId('start-demo').click();
  await expect(page.getByTestId('results-table')).toBeVisible({ timeout: 30_000 });
  await expect(page.getByTestId('guide-start')).toBeVisible();
  await server.stop();
});
