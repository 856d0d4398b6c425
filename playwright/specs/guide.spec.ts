import { expect, screenshotBothThemes, test } from '../fixtures/test';
import { explore, parameters, runIsComplete } from '../fixtures/explore';

test('the demo leads in five steps from the symptom to the guilty build', async ({ page, demo }) => {
  await page.goto(demo.ui + explore({ calc: ['COUNT'], range: '2h' }));
  await runIsComplete(page);
  await page.getByTestId('guide-start').click();
  const guide = page.getByTestId('guide');
  await expect(guide).toContainText('1 of 5');
  await runIsComplete(page);
  await expect(page.getByTestId('chart-0')).toContainText('P99(duration_ms)');
  await screenshotBothThemes(page, 'guide');

  await page.getByTestId('guide-next').click();
  await expect(guide).toContainText('2 of 5');
  await expect(page.getByTestId('heatmap')).toBeVisible();
  await runIsComplete(page);
  await page.reload();
  await expect(guide, 'a step is in the address').toContainText('2 of 5');

  await page.getByTestId('guide-next').click();
  await expect(guide).toContainText('3 of 5');
  await expect.poll(() => parameters(page).get('view')).toBe('bubbleup');
  await expect(page.getByTestId('bubbleup-panel')).toContainText('2026.11.3', { timeout: 30_000 });
  await expect(page.getByTestId('bubbleup-panel')).toContainText('eu-west-1');
  await screenshotBothThemes(page, 'guide-comparison');

  await page.getByTestId('guide-leave').click();
  await expect(guide).toHaveCount(0);
  await expect(page.getByTestId('guide-start')).toContainText('step 3');
  await page.getByTestId('guide-start').click();
  await page.getByTestId('guide-next').click();
  await expect(guide).toContainText('4 of 5');
  const worst = page.getByTestId('results-table').locator('tbody tr[data-series]').first();
  await expect(worst).toContainText('eu-west-1');
  await expect(worst).toContainText('2026.11.3');

  await page.getByTestId('guide-next').click();
  await expect(guide).toContainText('5 of 5');
  await expect(page.getByTestId('trace-row').first()).toBeVisible();
  await page.getByTestId('guide-next').click();
  await expect(guide).toHaveCount(0);
  await expect(page.getByTestId('guide-invitation'), 'what is done is not offered again').toHaveCount(0);
  await page.reload();
  await runIsComplete(page).catch(() => {});
  await expect(page.getByTestId('guide-invitation')).toHaveCount(0);
});

test('the invitation is put away for good', async ({ page, demo }) => {
  await page.goto(demo.ui + explore({ calc: ['COUNT'], range: '2h' }));
  await page.getByTestId('guide-dismiss').click();
  await expect(page.getByTestId('guide-invitation')).toHaveCount(0);
  await page.reload();
  await runIsComplete(page);
  await expect(page.getByTestId('guide-invitation')).toHaveCount(0);
});
