import { expect, screenshotBothThemes, test } from '../fixtures/test';
import { answersAddress, explore, parameters, runIsComplete, sendSpans } from '../fixtures/explore';

const window = { start: '2020-01-01T00:00:00Z', end: '2040-01-01T00:00:00Z' };

test('fifteen steps back and forward, with a reload at each, show the same questions and views', async ({ page, server }) => {
  test.setTimeout(300_000);
  await page.route('**/plotly.min.js', route => route.abort()); // thirty documents, of which the questions, tables and first drawings are looked at
  await sendSpans(server, ['a', 'b', 'c', 'd'].map(name => ({ name, attributes: { kind: name, size: name.charCodeAt(0), even: name < 'c' ? 'yes' : 'no' } })));
  const steps = [
    { calc: ['COUNT'] }, { calc: ['COUNT'], by: ['kind'] }, { calc: ['COUNT'], by: ['kind'], where: 'size > 97' }, { calc: ['COUNT', 'MAX(size)'], by: ['kind'], where: 'size > 97' },
    { calc: ['COUNT', 'MAX(size)'], by: ['kind'], order: 'kind asc' }, { calc: ['COUNT'], by: ['kind', 'even'] }, { calc: ['COUNT'], by: ['even'], having: 'COUNT > 1' },
    { calc: ['HEATMAP(size)'] }, { calc: ['SUM(size)', 'twice: $"SUM(size)" * 2'] }, { calc: ['COUNT'], field: 'big: $size > 98', by: ['big'] }, { calc: ['COUNT'], draw: 'bar', by: ['kind'] },
    { calc: ['COUNT'], view: 'traces' }, { calc: ['COUNT'], view: 'events' }, { calc: ['COUNT'], view: 'events', col: ['size'], events: 'slowest' }, { calc: ['COUNT'], where: 'even = "no"', mode: 'text' },
    { calc: ['COUNT'], by: ['name'], limit: '2' },
  ].map(step => explore({ ...step, ...window }));
  const shown = async () => {
    await answersAddress(page);
    const body = (await page.locator('.body .card-head, .body table').allInnerTexts()).join(' ').replace(/\s+/g, ' ');
    return { url: decodeURIComponent(page.url().replaceAll('+', ' ')), builder: (await page.getByTestId('query-builder').innerText()).replace(/\s+/g, ' '), body };
  };

  await page.goto(server.ui + steps[0]);
  const seen = [await shown()];
  for (const step of steps.slice(1)) {
    // As a link in the page goes: without loading the document again.
    await page.evaluate(address => { (window as unknown as { Blazor: { navigateTo(to: string): void } }).Blazor.navigateTo(address); }, step);
    await expect(page).toHaveURL(server.ui + step, { timeout: 10_000 });
    seen.push(await shown());
  }
  expect(new Set(seen.map(s => s.builder + s.body)).size).toBeGreaterThan(12);
  for (let at = steps.length - 2; at >= 0; at--) {
    await page.goBack();
    await expect.poll(shown, { intervals: [50, 100] }).toEqual(seen[at]);
    await page.reload();
    await expect.poll(shown, { intervals: [50, 100] }).toEqual(seen[at]);
  }
  for (let at = 1; at < steps.length; at++) {
    await page.goForward();
    await expect.poll(shown, { intervals: [50, 100] }).toEqual(seen[at]);
  }
});

test('a page comes back by itself at the same view when its server is started again', async ({ page, server }) => {
  await sendSpans(server, [{ name: 'kept', attributes: { kind: 'k' } }]);
  await page.goto(server.ui + explore({ calc: ['COUNT'], by: ['kind'], ...window }));
  await runIsComplete(page);
  const before = page.url();
  await page.evaluate(() => document.documentElement.classList.add('before-restart'));
  await server.restart();
  await expect(page.locator('.before-restart'), 'the page came anew').toHaveCount(0, { timeout: 60_000 });
  await expect(page.locator('#connection')).toBeHidden();
  await runIsComplete(page);
  expect(page.url()).toBe(before);
  await expect(page.getByTestId('results-table').locator('tbody')).toContainText('k');
  await page.getByTestId('tab-events').click();
  await expect(page.getByTestId('event-row').first()).toContainText('kept');
});

test('scripts come from files of ours alone, on every page', async ({ browser, demo }) => {
  for (const path of ['/', '/explore', '/trace/0af7651916cd43dd8448eb211c80319c', '/r/none', '/nothing']) {
    const response = await fetch(demo.ui + path);
    const policy = response.headers.get('content-security-policy') ?? '';
    const scripts = /script-src ([^;]*)/.exec(policy)?.[1] ?? '';
    expect(scripts, path).toBe("'self'");
    const html = await response.text();
    for (const [, attributes, body] of html.matchAll(/<script([^>]*)>([^<]*)<\/script>/g)) expect([path, /\bsrc=/.test(attributes), body.trim()]).toEqual([path, true, '']);
    expect(html, path).not.toMatch(/\son[a-z]+=/);
  }
  // And it is held: a script in the page does nothing.
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(demo.ui + '/explore');
  await expect(page.getByTestId('query-builder')).toBeVisible();
  await page.evaluate(() => {
    const script = document.createElement('script');
    script.textContent = 'document.body.dataset.owned = "yes"';
    document.body.append(script);
  });
  await expect(page.locator('body')).not.toHaveAttribute('data-owned', 'yes');
  await context.close();
});

test('the first load is below a megabyte', async ({ page, demo }) => {
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  const sizes = new Map<string, number>();
  const urls = new Map<string, string>();
  session.on('Network.responseReceived', event => urls.set(event.requestId, event.response.url));
  session.on('Network.loadingFinished', event => sizes.set(event.requestId, event.encodedDataLength));
  await page.goto(demo.ui + explore({ calc: ['P99(duration_ms)', 'COUNT'], by: ['service.name'], range: '2h' }));
  await runIsComplete(page);
  await page.getByTestId('chart-0').locator('.js-plotly-plot').waitFor({ state: 'attached' });
  const files = [...sizes].map(([id, bytes]) => `${bytes} ${urls.get(id)}`);
  expect([...sizes.values()].reduce((sum, bytes) => sum + bytes, 0), files.join('\n')).toBeLessThan(1_000_000);
  expect(files.length).toBeGreaterThan(5);
});

test('the page is read at 390 pixels and used from 1280 to 2560', async ({ page, demo }) => {
  await page.goto(demo.ui + explore({ calc: ['P99(duration_ms)', 'COUNT'], by: ['cloud.region', 'service.version'], where: 'service.name = "checkout"', range: '2h' }));
  await runIsComplete(page);
  for (const width of [390, 1280, 1920, 2560]) {
    await page.setViewportSize({ width, height: 900 });
    await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
    const wide = await page.evaluate(() => [...document.querySelectorAll('main, .qb, .head, .tabs, .card')].filter(e => e.getBoundingClientRect().right > innerWidth + 1).map(e => e.className));
    expect(wide, `${width}`).toEqual([]);
    await expect(page.getByTestId('chart-0').locator('.scatterlayer .trace').first()).toBeAttached();
    if (width === 390) await screenshotBothThemes(page, 'explore-390');
    if (width === 2560) await screenshotBothThemes(page, 'explore-2560');
  }
  await page.setViewportSize({ width: 390, height: 844 });
  await page.getByTestId('results-table').scrollIntoViewIfNeeded();
  await expect(page.getByTestId('results-table').locator('tbody tr[data-series]').first()).toBeInViewport();
});

test('everything that the page offers is found by name', async ({ page, demo }) => {
  await page.goto(demo.ui + explore({ calc: ['COUNT'], range: '2h' }));
  await runIsComplete(page);
  await page.keyboard.press('Control+k');
  await expect(page.getByTestId('palette-text')).toBeFocused();
  await expect(page.getByTestId('palette').getByRole('option').first()).toBeVisible();
  await screenshotBothThemes(page, 'explore-palette');
  await page.keyboard.type('group service.na');
  await expect(page.getByTestId('palette').getByRole('option').first()).toHaveText('Group by service.name');
  await page.keyboard.press('Enter');
  await expect.poll(() => parameters(page).getAll('by')).toEqual(['service.name']);
  await runIsComplete(page);
  await page.keyboard.press('Control+k');
  await page.getByTestId('palette-text').fill('traces');
  await page.keyboard.press('Enter');
  await expect.poll(() => parameters(page).get('view')).toBe('traces');
  await page.keyboard.press('Control+k');
  await page.getByTestId('palette-text').fill('0AF7651916CD43DD8448EB211C80319C');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/trace\/0af7651916cd43dd8448eb211c80319c/);
});
