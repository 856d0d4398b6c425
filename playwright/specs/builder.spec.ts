import { expect, screenshotBothThemes, test } from '../fixtures/test';
import { explore, parameters, runIsComplete } from '../fixtures/explore';

test('a condition that cannot be read stays where it was typed, marked, until it is repaired', async ({ page, demo }) => {
  const where = 'service.name = = "checkout"';
  await page.goto(demo.ui + explore({ calc: ['COUNT'], where, range: '2h' }));
  const field = page.getByTestId('where-text');
  await expect(field).toHaveValue(where);
  await expect(page.getByTestId('marks').locator('u')).toHaveText('=');
  await expect(page.getByTestId('query-error')).toContainText('Where, character 16');

  // Another clause may be changed meanwhile: the text is not lost.
  await page.getByTestId('add-groupby').click();
  await page.getByTestId('chip-editor').pressSequentially('service.name');
  await page.keyboard.press('Enter');
  await expect.poll(() => parameters(page).get('where')).toBe(where);
  await page.reload();
  await expect(field).toHaveValue(where);
  await field.fill('service.name = "checkout"');
  await page.keyboard.press('Control+Enter');
  await expect.poll(() => parameters(page).get('where')).toBe('service.name = "checkout"');
  await runIsComplete(page);
  await expect(page.getByTestId('query-builder').locator('.chip[data-clause=Where]')).toHaveText('service.name="checkout"');
});

test('a wrong name is marked, and the nearest names repair it', async ({ page, demo }) => {
  const where = 'service.name = "checkout" and (http.rout = "/cart/pay" or http.response.status_code >= 500)';
  await page.goto(demo.ui + explore({ calc: ['COUNT'], where, mode: 'text', range: '2h' }));
  await expect(page.getByTestId('marks').locator('u')).toHaveText('http.rout');
  await expect(page.getByTestId('query-error')).toContainText('Where, character 32');
  await expect(page.getByTestId('suggestion').first()).toContainText(/http\.route.*filled/);
  await screenshotBothThemes(page, 'explore-error-text');
  await page.getByTestId('suggestion').first().click();
  await expect.poll(() => parameters(page).get('where')).toBe(where.replace('http.rout ', 'http.route '));
  await runIsComplete(page);
  await expect(page.getByTestId('where-text')).toHaveValue(where.replace('http.rout ', 'http.route '));
});

test('an order or a having by what is not calculated offers what is', async ({ page, demo }) => {
  await page.goto(demo.ui + explore({ calc: ['P99(duration_ms)'], by: ['service.name'], having: 'COUNT > 10', order: 'MAX(duration_ms) desc', range: '2h' }));
  await expect(page.getByTestId('query-error')).toContainText('Having');
  await expect(page.getByTestId('query-builder').locator('.chip.bad')).toHaveCount(2);
  await page.getByTestId('suggestion').filter({ hasText: 'P99(duration_ms)' }).first().click();
  await expect.poll(() => parameters(page).get('having')).toBe('P99(duration_ms) > 10');
  await page.getByTestId('suggestion').filter({ hasText: 'P99(duration_ms)' }).first().click();
  await runIsComplete(page);
  expect(parameters(page).get('order')).toBe('P99(duration_ms) desc');
});

test('a formula and a calculated field are typed into the builder with completion of their names', async ({ page, demo }) => {
  await page.goto(demo.ui + explore({ calc: ['COUNT', 'COUNT where error = true as errors'], range: '2h' }));
  await runIsComplete(page);
  await page.getByTestId('add-visualize').click();
  await page.getByTestId('chip-editor').pressSequentially('error_rate: $err');
  await expect(page.getByTestId('completion').getByRole('option')).toHaveText([/\$\s*errors/]);
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('chip-editor')).toHaveValue('error_rate: $errors');
  await page.getByTestId('chip-editor').pressSequentially(' / $COUNT * 100');
  await page.keyboard.press('Enter');
  await expect.poll(() => parameters(page).getAll('calc')).toContain('error_rate: $errors / $COUNT * 100');
  await runIsComplete(page);
  await expect(page.getByTestId('chart-2')).toContainText('error_rate');

  await page.getByTestId('add-fields').click();
  await page.getByTestId('chip-editor').pressSequentially('slow: $duration_m');
  await expect(page.getByTestId('completion')).toContainText('duration_ms');
  await page.keyboard.press('Enter');
  await page.getByTestId('chip-editor').pressSequentially(' > > 500');
  await expect(page.getByTestId('marks').locator('u')).toHaveText('>');
  await page.getByTestId('chip-editor').fill('slow: $duration_ms > 500');
  await page.keyboard.press('Enter');
  await expect.poll(() => parameters(page).getAll('field')).toEqual(['slow: $duration_ms > 500']);
  await page.getByTestId('add-groupby').click();
  await page.getByTestId('chip-editor').pressSequentially('slow');
  await page.keyboard.press('Enter');
  await runIsComplete(page);
  await expect(page.getByTestId('results-table').locator('tbody tr[data-series]')).toHaveCount(2);
});

test('marked conditions are grouped, and the words between them are switched', async ({ page, demo }) => {
  await page.goto(demo.ui + explore({ calc: ['COUNT'], where: 'service.name = "checkout" and error = true and duration_ms > 100', range: '2h' }));
  await runIsComplete(page);
  const chip = (text: string) => page.getByTestId('query-builder').locator('.chip[data-clause=Where]').filter({ hasText: text });
  await chip('error').focus();
  await page.keyboard.press('Space');
  await chip('duration_ms').focus();
  await page.keyboard.press('Space');
  await expect(page.getByTestId('query-builder')).toContainText('group 2 conditions');
  await page.keyboard.press('Alt+g');
  await expect.poll(() => parameters(page).get('where')).toBe('service.name = "checkout" and (error = true or duration_ms > 100)');
  await page.getByTestId('join').last().click();
  await expect.poll(() => parameters(page).get('where')).toBe('service.name = "checkout" and (error = true and duration_ms > 100)');
  await chip('duration_ms').click();
  await expect(page.getByTestId('chip-editor')).toHaveValue('duration_ms > 100');
  await page.getByTestId('chip-editor').fill('duration_ms > 200');
  await page.keyboard.press('Enter');
  await expect.poll(() => parameters(page).get('where')).toBe('service.name = "checkout" and (error = true and duration_ms > 200)');
});

test('text mode completes columns and values, and follows what others do to the question', async ({ page, demo }) => {
  await page.goto(demo.ui + explore({ calc: ['COUNT'], mode: 'text', by: ['service.name'], range: '2h' }));
  await runIsComplete(page);
  await page.keyboard.press('w');
  await expect(page.getByTestId('where-text')).toBeFocused();
  await page.getByTestId('where-text').pressSequentially('service.na');
  await expect(page.getByTestId('completion')).toContainText('service.name');
  await page.keyboard.press('Enter');
  await page.getByTestId('where-text').pressSequentially('= "check');
  await expect(page.getByTestId('completion').getByRole('option').first().locator('.completion-detail')).toHaveText(/[0-9]/);
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('where-text')).toHaveValue('service.name = "checkout"');
  await expect(page.getByTestId('colors')).toHaveText('service.name = "checkout"');
  await expect(page.getByTestId('colors').locator('.v')).toHaveText('"checkout"');
  await page.keyboard.press('Control+Enter');
  await expect.poll(() => parameters(page).get('where')).toBe('service.name = "checkout"');
  await runIsComplete(page);
  await page.goBack();
  await expect(page.getByTestId('where-text')).toHaveValue('');
});

test('values complete behind the prefix of another span, and one after another in a list', async ({ page, demo }) => {
  await page.goto(demo.ui + explore({ calc: ['COUNT'], range: '2h' }));
  await runIsComplete(page);
  await page.getByTestId('add-where').click();
  const field = page.getByTestId('chip-editor');
  const counted = page.getByTestId('completion').getByRole('option').first().locator('.completion-detail');
  await field.pressSequentially('root.service.name in ("gate');
  await expect(counted).toHaveText(/[0-9]/);
  await page.keyboard.press('Enter');
  await expect(field).toHaveValue('root.service.name in ("gateway" ');
  await expect(page.getByTestId('completion')).toContainText('another value');
  await field.pressSequentially(', "check');
  await expect(counted).toHaveText(/[0-9]/);
  await page.keyboard.press('Enter');
  await expect(field).toHaveValue('root.service.name in ("gateway" , "checkout" ');
  await expect(page.getByTestId('completion')).toContainText('end of the list');
  await page.keyboard.press('Enter');
  await expect.poll(() => parameters(page).get('where')).toBe('root.service.name in ("gateway", "checkout")');
  await runIsComplete(page);
});
