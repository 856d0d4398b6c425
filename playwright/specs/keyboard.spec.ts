import { expect, test } from '../fixtures/test';
import { explore, parameters, runIsComplete } from '../fixtures/explore';

test('a question is built, changed and taken apart with the keyboard alone', async ({ page, demo }) => {
  await page.goto(demo.ui + explore({ calc: ['COUNT', 'P99(duration_ms)'], range: '2h' }));
  await runIsComplete(page);
  const chip = (text: string) => page.getByTestId('query-builder').getByRole('option').filter({ hasText: text });

  await page.keyboard.press('b');
  await page.getByTestId('chip-editor').pressSequentially('service.name');
  await expect(page.getByTestId('completion')).toContainText('service.name');
  await page.keyboard.press('Enter');
  await expect.poll(() => parameters(page).getAll('by')).toEqual(['service.name']);
  await expect(page.getByTestId('add-groupby')).toBeFocused();

  await expect(chip('service.name')).toBeVisible(); // the arrow moves among the chips that are there
  await expect(page.getByTestId('add-groupby')).toBeFocused();
  await page.keyboard.press('ArrowLeft');
  await expect(chip('service.name')).toBeFocused();
  await page.keyboard.press('Delete');
  await expect.poll(() => parameters(page).getAll('by')).toEqual([]);
  await expect(page.getByTestId('add-groupby')).toBeFocused();

  await chip('COUNT').focus();
  await page.keyboard.press('Alt+ArrowRight');
  await expect.poll(() => parameters(page).getAll('calc')).toEqual(['P99(duration_ms)', 'COUNT']);
  await expect(chip('COUNT')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('chip-editor')).toHaveValue('COUNT');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('chip-editor')).toHaveCount(0);
});

test('what is typed and entered before the field has its script is not lost', async ({ page, demo }) => {
  await page.goto(demo.ui + explore({ calc: ['COUNT'], range: '2h' }));
  await runIsComplete(page);
  await page.evaluate(() => {
    // Runs as soon as the field is in the page: nothing of the server's can come between.
    new MutationObserver((_, observer) => {
      const field = document.querySelector<HTMLInputElement>('.chip-editor input');
      if (!field) return;
      observer.disconnect();
      document.body.dataset.attachedYet = String('attached' in field.dataset);
      field.value = 'service.name';
      field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }));
    }).observe(document.body, { childList: true, subtree: true });
  });
  await page.getByTestId('add-groupby').click();
  await expect.poll(() => parameters(page).getAll('by')).toEqual(['service.name']);
  await expect(page.locator('body')).toHaveAttribute('data-attached-yet', 'false');
});

test('what opens over the page gives the focus back', async ({ page, demo }) => {
  await page.goto(demo.ui + explore({ calc: ['COUNT'], by: ['service.name'], range: '2h' }));
  await runIsComplete(page);
  const cell = page.getByTestId('results-table').locator('[data-r="1"][data-c="0"]');

  await cell.focus();
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('verb-filter')).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await expect(page.getByTestId('verb-exclude')).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(cell).toBeFocused();

  await page.keyboard.press('?');
  await expect(page.getByRole('dialog').getByRole('button')).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(cell).toBeFocused();

  // Also when the panel is drawn once more before its script has come.
  await page.evaluate(() => {
    new MutationObserver((_, observer) => {
      const field = document.querySelector<HTMLInputElement>('[data-testid=time-text]');
      if (!field) return;
      observer.disconnect();
      field.value = 'last 5 min';
      field.dispatchEvent(new Event('input', { bubbles: true }));
    }).observe(document.body, { childList: true, subtree: true });
  });
  await page.keyboard.press('t');
  await expect(page.getByTestId('time-text')).toBeFocused();
  await expect(page.getByTestId('time-reading')).toContainText(' to ');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog', { name: 'Time' })).toHaveCount(0);
  await expect(cell).toBeFocused();

  // A row that the next answer does not have leaves the focus to the one above it.
  const rows = page.getByTestId('results-table').locator('tbody tr[data-series]');
  const count = await rows.count();
  await page.getByTestId('results-table').locator(`[data-r="${count - 1}"][data-c="0"]`).focus();
  await page.keyboard.press('x');
  await expect(rows).toHaveCount(count - 1);
  await expect(page.getByTestId('results-table').locator(`[data-r="${count - 2}"][data-c="0"]`)).toBeFocused();
});

test('events and their columns are walked with arrows, and a column takes the keys of the verbs', async ({ page, demo }) => {
  await page.goto(demo.ui + explore({ calc: ['COUNT'], view: 'events', range: '2h' }));
  await runIsComplete(page);

  await page.getByTestId('event-row').first().focus();
  await page.keyboard.press('ArrowDown');
  await expect(page.getByTestId('event-row').nth(1)).toBeFocused();
  await page.keyboard.press('Enter');
  const column = page.getByTestId('event-panel').locator('.kv-row').filter({ has: page.getByText('service.name', { exact: true }) });
  await column.focus();
  await page.keyboard.press('f');
  await expect.poll(() => parameters(page).get('where')).toMatch(/^service\.name = ".+"$/);
});

test('the short way in leads to Explore, and an address that names nothing says so', async ({ page, demo }) => {
  await page.goto(demo.ui);
  await expect.poll(() => new URL(page.url()).pathname).toBe('/explore');

  for (const path of ['/nothing', '/nothing/here']) {
    const response = await page.goto(demo.ui + path);
    expect(response?.status()).toBe(404);
    await expect(page.getByRole('heading', { name: 'There is no page here.' })).toBeVisible();
  }
  await page.getByRole('link', { name: 'Open Explore' }).click();
  await expect(page.getByTestId('query-builder')).toBeVisible();
});
