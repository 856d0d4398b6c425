import { expect, screenshotBothThemes, test } from '../fixtures/test';
import { explore, parameters, runIsComplete } from '../fixtures/explore';

test('a mistake in the address is shown with its place, and nothing runs', async ({ page, demo }) => {
  await page.goto(demo.ui + explore({ calc: ['COUNT'], where: 'service.name = = "x"', range: '2h' }));
  await expect(page.getByTestId('query-error')).toContainText('Where, character 16');
  await expect(page.getByTestId('query-meta')).toContainText('not run');
  await expect(page.getByTestId('results-table')).toBeHidden();
  await screenshotBothThemes(page, 'explore-error');
});

test('a name that is nearly right is offered', async ({ page, demo }) => {
  await page.goto(demo.ui + explore({ calc: ['COUNT'], by: ['service.nam'], range: '2h' }));
  await expect(page.getByTestId('query-error')).toContainText('service.nam');
  await page.getByTestId('suggestion').first().click();
  await runIsComplete(page);
  expect(parameters(page).getAll('by')).toEqual(['service.name']);
});

test('Where is edited as text, and a mistake keeps the last good question', async ({ page, demo }) => {
  await page.goto(demo.ui + explore({ calc: ['COUNT'], where: 'error = true', range: '2h' }));
  await runIsComplete(page);
  await page.getByRole('button', { name: 'Text', exact: true }).click();
  await page.getByTestId('where-text').fill('error = true and (');
  await page.getByTestId('run-query').click();
  await expect(page.getByTestId('query-error')).toBeVisible();
  expect(parameters(page).get('where')).toBe('error = true');
  await page.getByTestId('where-text').fill('error = true or duration_ms > 100');
  await page.keyboard.press('Control+Enter');
  await expect.poll(() => parameters(page).get('where')).toBe('error = true or duration_ms > 100');
  await expect(page.getByTestId('query-error')).toBeHidden();
  await runIsComplete(page);
});
