import { faults } from '../fixtures/axe';
import { expect, screenshotBothThemes, test } from '../fixtures/test';
import { explore, parameters, runIsComplete, sendSpans } from '../fixtures/explore';

const question = explore({ calc: ['P99(duration_ms)', 'COUNT'], by: ['service.name'], where: 'span.kind = "server"', range: '2h', axis: 'log' });

test('a shared link shows the stored answer, also when there is more data', async ({ page, server, context, browser }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: server.ui });
  await sendSpans(server, [{ name: 'first', attributes: { n: 1 } }, { name: 'second', attributes: { n: 2 } }]);
  await page.goto(server.ui + explore({ calc: ['COUNT'], by: ['name'], range: '1h', axis: 'log' }));
  await runIsComplete(page);
  await expect(page.getByTestId('events-matched')).toHaveText('2');
  await page.keyboard.press('s');
  await expect(page.getByTestId('toast')).toContainText('copied');
  const link = await page.evaluate(() => navigator.clipboard.readText());
  expect(link).toMatch(new RegExp(`^${server.ui}/r/[0-9A-Za-z]{8}$`));
  await sendSpans(server, [{ name: 'third', attributes: { n: 3 } }]);

  const other = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
  await other.goto(link);
  await expect(other.getByTestId('results-table').locator('tbody tr[data-series]')).toHaveText([/first/, /second/]);
  await expect(other.getByTestId('run-meta')).toContainText('2 events');
  await expect(other.getByTestId('run-question')).toContainText('COUNT group by name');
  await expect(other.getByTestId('chart-0').locator('.scatterlayer .trace, .barlayer .trace').first()).toBeAttached();
  await other.getByTestId('run-again').click();
  await expect.poll(() => parameters(other).get('range')).toBe('1h');
  expect(parameters(other).get('axis')).toBe('log');
  await runIsComplete(other);
  await expect(other.getByTestId('events-matched')).toHaveText('3');
  await other.context().close();
});

test('what is drawn otherwise is shared as it is drawn', async ({ page, demo, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: demo.ui });
  await page.goto(demo.ui + explore({ calc: ['COUNT'], by: ['service.name'], range: '2h' }));
  await runIsComplete(page);
  const share = async () => {
    await page.evaluate(() => navigator.clipboard.writeText(''));
    await page.keyboard.press('s');
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toContain('/r/');
    return await page.evaluate(() => navigator.clipboard.readText());
  };
  const plain = await share();
  expect(await share(), 'one answer has one link').toBe(plain);
  await page.getByTestId('log-axis').click();
  await expect.poll(() => parameters(page).get('axis')).toBe('log');
  const log = await share();
  expect(log).not.toBe(plain);
  const run = await demo.get(new URL(log).pathname + '.json') as { address: string; result: { data: { results: unknown[] } } };
  expect(run.address).toContain('axis=log');
  expect(run.result.data.results.length).toBeGreaterThan(5);
});

test('a shared link is read at 390 px, and is a picture in a chat', async ({ page, demo, request }) => {
  await page.goto(demo.ui + question);
  await runIsComplete(page);
  await page.keyboard.press('h');
  const mine = page.getByTestId('history-row').filter({ hasText: 'P99(duration_ms), COUNT group by service.name where span.kind' });
  const link = (await mine.first().locator('.history-open').getAttribute('href'))!;
  await page.goto(demo.ui + link);
  await expect(page.getByTestId('results-table').locator('tbody tr[data-series]').first()).toBeVisible();
  await screenshotBothThemes(page, 'run');
  await page.setViewportSize({ width: 390, height: 844 });
  await expect(page.getByTestId('run-question')).toContainText('P99(duration_ms)');
  await expect(page.getByTestId('results-table').locator('tbody tr[data-series]').first()).toBeInViewport();
  expect(await page.evaluate(() => document.documentElement.scrollWidth), 'nothing sticks out at the side').toBeLessThanOrEqual(390);
  await screenshotBothThemes(page, 'run-390');

  const html = await (await request.get(demo.ui + link)).text();
  const image = /<meta property="og:image" content="([^"]+)"/.exec(html)![1];
  const picture = await request.get(image);
  expect(picture.headers()['content-type']).toBe('image/png');
  const size = await page.evaluate(async source => { const picture = new Image(); picture.src = source; await picture.decode(); return [picture.naturalWidth, picture.naturalHeight]; }, new URL(image).pathname);
  expect(size).toEqual([1200, 630]);
});

test('the history finds, names and stars runs, and survives a restart', async ({ page, server }) => {
  await sendSpans(server, [{ name: 'hello', attributes: { n: 1 } }]);
  await page.goto(server.ui + explore({ calc: ['COUNT'], range: '1h' }));
  await runIsComplete(page);
  await page.goto(server.ui + explore({ calc: ['MAX(n)'], by: ['name'], range: '1h' }));
  await runIsComplete(page);

  await page.keyboard.press('h');
  const rows = page.getByTestId('history').getByTestId('history-row');
  await expect(rows).toHaveCount(2);
  await expect(rows.first()).toContainText('MAX(n) group by name');
  await expect(page.getByTestId('history-search')).toBeFocused();
  await page.keyboard.type('count');
  await expect(rows).toHaveCount(1);
  await rows.first().getByTestId('history-star').click();
  await expect(rows.first().getByTestId('history-star')).toHaveAttribute('aria-pressed', 'true');
  await rows.first().getByTestId('history-rename').click();
  await page.getByTestId('history-name').fill('Before the deploy');
  await page.keyboard.press('Enter');
  await expect(rows.first()).toContainText('Before the deploy');

  // A page that is open would reload by itself in the middle of the next step.
  await page.goto('about:blank');
  await server.restart();
  await page.goto(server.ui + explore({ calc: ['COUNT'], range: '2h' }));
  await runIsComplete(page);
  await page.getByTestId('open-history').click();
  await expect(rows).toHaveCount(3);
  await page.getByTestId('history-starred').click();
  await expect(rows).toHaveCount(1);
  await rows.first().locator('.history-open').click();
  await expect(page).toHaveURL(/\/r\//);
  await expect(page.locator('h1')).toHaveText('Before the deploy');
  await page.keyboard.press('h');
  await expect(page.getByTestId('history-search')).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('history')).toHaveCount(0);
  await expect(page.getByTestId('open-history'), 'the focus is where it was opened').toBeFocused();
});

test('the history and a run are free of serious findings', async ({ page, demo }) => {
  await page.goto(demo.ui + question);
  await runIsComplete(page);
  await page.keyboard.press('h');
  await expect(page.getByTestId('history-row').first()).toBeVisible();
  await screenshotBothThemes(page, 'history');
  expect(await faults(page)).toEqual([]);
  await page.getByTestId('history-row').first().locator('.history-open').click();
  await expect(page.getByTestId('results-table')).toBeVisible();
  expect(await faults(page)).toEqual([]);
});
