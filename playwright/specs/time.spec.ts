import { expect, test } from '../fixtures/test';
import { explore, parameters, runIsComplete } from '../fixtures/explore';

test('dragging over a chart zooms the time, and stepping out undoes it', async ({ page, demo }) => {
  await page.goto(demo.ui + explore({ calc: ['COUNT'], range: '2h' }));
  await runIsComplete(page);
  await page.getByTestId('chart-0').locator('.scatterlayer .trace').first().waitFor({ state: 'attached' });
  const box = (await page.getByTestId('chart-0').locator('.layer').boundingBox())!;
  await page.mouse.move(box.x + box.width * 0.4, box.y + 60);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.6, box.y + 80, { steps: 4 });
  await page.mouse.up();

  await expect.poll(() => parameters(page).get('start')).not.toBeNull();
  const length = () => Date.parse(parameters(page).get('end')!) - Date.parse(parameters(page).get('start')!);
  const zoomed = length();
  expect(zoomed).toBeGreaterThan(15 * 60_000);
  expect(zoomed).toBeLessThan(40 * 60_000);
  await runIsComplete(page);
  await page.keyboard.press('-');
  await expect.poll(length).toBeGreaterThan(1.9 * zoomed);
});

test('time is typed, and read while it is typed', async ({ page, demo }) => {
  await page.goto(demo.ui + explore({ calc: ['COUNT'], range: '2h' }));
  await runIsComplete(page);
  await page.keyboard.press('t');
  await page.getByTestId('time-text').pressSequentially('last 90 m');
  await expect(page.getByTestId('time-reading')).toContainText('UTC to');
  await page.keyboard.press('Enter');
  await expect.poll(() => parameters(page).get('range')).toBe('90m');
});
