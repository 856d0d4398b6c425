import { faults } from '../fixtures/axe';
import type { Page } from '@playwright/test';
import { expect, screenshotBothThemes, test } from '../fixtures/test';
import { runIsComplete } from '../fixtures/explore';
import { payment, sendTrace } from '../fixtures/traces';
import { Server } from '../fixtures/server';

let server: Server;
test.beforeAll(async () => {
  server = await Server.start();
  const { spans, logs } = payment();
  for (let i = 0; i < 5; i++) await sendTrace(server, (i + 1).toString(16).padStart(32, 'a'), spans.filter(s => !/^r\d/.test(s.id)), logs, BigInt(Date.now() - 60_000 * (i + 1)) * 1_000_000n);
});
test.afterAll(() => server.stop());

const row = (page: Page, service: string) => page.locator(`[data-testid=service-row][data-service="${service}"]`);
const edge = (page: Page, key: string) => page.locator(`[data-testid=map-edge][data-edge="${key}"]`);
const parameter = (page: Page, name: string) => new URL(page.url()).searchParams.get(name);

async function open(page: Page, query = '?range=2h'): Promise<void> {
  await page.goto(`${server.ui}/services${query}`);
  await expect(page.getByTestId('map-note')).toBeVisible();
}

test('the table has rate, errors and durations of every service, with sparklines', async ({ page }) => {
  await page.goto(server.ui);
  await runIsComplete(page);
  // Two keys within two seconds: a busy machine may need a second try.
  await expect(async () => {
    await page.keyboard.press('g');
    await page.keyboard.press('s');
    await expect(page).toHaveURL(/\/services/, { timeout: 5_000 });
  }).toPass();
  await expect(page.getByTestId('service-row')).toHaveCount(7);
  await expect(page.getByTestId('services-count')).toContainText('7 services');
  await expect(row(page, 'tax')).toContainText('66.67');
  await expect(row(page, 'tax').locator('.spark')).toHaveCount(3);
  await expect(page.getByTestId('services-meta')).toContainText('45 requests');
  await page.getByRole('columnheader', { name: 'errors %' }).getByRole('button').click();
  await expect(page.getByTestId('service-row').first()).toContainText('tax');
  await page.keyboard.press('/');
  await page.getByTestId('services-filter').fill('inv');
  await expect(page.getByTestId('service-row')).toHaveCount(1);
});

test('a service shows its operations, is shared by a link and leads to Explore', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await open(page);
  await row(page, 'tax').click();
  await expect.poll(() => parameter(page, 'service')).toBe('tax');
  await expect(page.getByTestId('operation-row')).toHaveCount(1);
  await expect(page.getByTestId('operation-row')).toContainText('POST /v2/quote');
  await expect(page.getByTestId('service-detail')).toContainText('1.4.2');
  await page.getByTestId('share-link').click();
  await expect(page.getByTestId('toast')).toContainText('Link copied');
  await page.goto(await page.evaluate(() => navigator.clipboard.readText()));
  await expect(page.getByTestId('operation-row')).toContainText('POST /v2/quote');
  await page.getByTestId('explore-service').click();
  await runIsComplete(page);
  await expect(page.getByTestId('results-table')).toContainText('15');
});

test('the map has services, queues and peers, and an edge leads to the query behind it', async ({ page }) => {
  await open(page);
  const labels = await page.getByTestId('map-node').evaluateAll(all => all.map(n => n.getAttribute('aria-label')!.split(':')[0]).sort());
  expect(labels).toEqual(['cart, service', 'checkout, service', 'gateway, service', 'inventory, service', 'order.placed, queue', 'orders, service', 'payments, service', 'psp.example, peer', 'tax, service']);
  await expect(page.getByTestId('map-note')).toContainText('all of the window');
  await edge(page, 'checkout > tax').focus();
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('map-chosen')).toContainText('checkout → tax');
  await expect(page.getByTestId('map-chosen')).toContainText('66.7 %');
  await expect(edge(page, 'checkout > tax')).toHaveAttribute('aria-pressed', 'true');
  expect(parameter(page, 'edge')).toBe('checkout > tax');
  await page.getByTestId('explore-edge').click();
  await expect(page).toHaveURL(/parent\.service\.name%20=%20%22checkout%22/);
  await runIsComplete(page);
  await expect(page.getByTestId('results-table')).toContainText('15');
});

test('two hops around a service leave out the rest', async ({ page }) => {
  await open(page, '?range=2h&service=payments');
  await expect(page.getByTestId('map-node')).toHaveCount(9);
  await page.getByTestId('map-near').click();
  // payments, its caller and its peer, and whoever these call or are called by.
  await expect(page.locator('[data-testid=map-node][aria-label^="orders"]')).toHaveCount(0);
  await expect(page.locator('[data-testid=map-node][aria-label^="gateway"]')).toHaveCount(1);
  expect(parameter(page, 'map')).toBe('near');
});

test('the window can be compared with an earlier one', async ({ page }) => {
  await open(page, '?range=30m&service=gateway');
  await page.getByTestId('against-86400').click();
  await expect.poll(() => parameter(page, 'against')).toBe('1d');
  await expect(page.getByTestId('operation-row')).toContainText('new');
  await expect(page.getByTestId('bubble-service')).toHaveAttribute('href', /view=bubbleup/);
});

test('a store without spans says so', async ({ page, server: empty }) => {
  await page.goto(`${empty.ui}/services`);
  await expect(page.getByTestId('no-services')).toBeVisible();
  await expect(page.getByTestId('map-note')).toBeVisible();
});

test('the services page has no serious fault for assistive technology', async ({ page, demo }) => {
  test.slow();
  await page.goto(`${demo.ui}/services?range=30m&service=checkout&edge=checkout%20%3E%20tax`);
  await expect(page.getByTestId('map-chosen')).toBeVisible({ timeout: 60_000 });
  expect(await faults(page)).toEqual([]);
});

test('pictures of the services page', async ({ page, demo }) => {
  await page.goto(`${demo.ui}/services?range=30m&service=checkout&edge=checkout%20%3E%20tax`);
  await expect(page.getByTestId('map-chosen')).toBeVisible({ timeout: 60_000 });
  await screenshotBothThemes(page, 'services');
});
