import { faults } from '../fixtures/axe';
import { expect, screenshotBothThemes, test } from '../fixtures/test';

test('what a person chooses for a browser is kept there, and the server says what it runs with', async ({ page, demo }) => {
  const theme = page.locator('html');
  await page.goto(`${demo.ui}/explore`);
  await page.locator('.rail').getByText('Settings').click();
  await expect(page.getByTestId('settings')).toBeVisible();
  await screenshotBothThemes(page, 'settings');
  expect(await faults(page)).toEqual([]);

  await page.getByTestId('settings-search').fill('demo-seed');
  await expect(page.locator('.settings-table tbody tr')).toHaveCount(1);
  await expect(page.locator('.settings-table tbody tr')).toContainText(['Demo:Seed7']);

  await page.getByRole('group', { name: 'Theme' }).getByText('Light').click();
  await expect(theme).toHaveAttribute('data-theme', 'light');
  await page.getByTestId('single-keys').getByText('Off').click();
  await expect(page.getByTestId('single-keys').getByText('Off')).toHaveAttribute('aria-pressed', 'true');
  await page.reload();
  await expect(page.getByTestId('single-keys').getByText('Off')).toHaveAttribute('aria-pressed', 'true');
  await page.keyboard.press('d');
  await expect(theme, 'a letter does nothing').toHaveAttribute('data-theme', 'light');
  await page.keyboard.press('Control+k');
  await expect(page.getByTestId('palette-text')).toBeFocused();
  await page.keyboard.press('Escape');
  await page.getByTestId('single-keys').getByText('On').click();
  await expect(page.getByTestId('single-keys').getByText('On')).toHaveAttribute('aria-pressed', 'true');
  await page.keyboard.press('d');
  await expect(theme).toHaveAttribute('data-theme', 'dark');

  await page.getByRole('group', { name: 'Theme' }).getByText('System').click();
  await page.emulateMedia({ colorScheme: 'light' });
  await expect(theme, 'the system decides again').toHaveAttribute('data-theme', 'light');
});
