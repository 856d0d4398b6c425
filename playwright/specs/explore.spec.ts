import { send } from '../clients/run';
import { documentationImage, expect, screenshotBothThemes, test } from '../fixtures/test';
import { explore, parameters, runIsComplete, sendSpans } from '../fixtures/explore';

test('a question in the address becomes charts and a table', async ({ page, demo }) => {
  await page.goto(demo.ui + explore({ calc: ['P99(duration_ms)', 'COUNT', 'COUNT where error = true as errors'], by: ['service.name'], range: '2h' }));
  await runIsComplete(page);

  await expect(page.getByTestId('run-id'), 'the answer is kept, and says where').toHaveAttribute('href', /^\/r\/\w{8}$/);
  for (const chart of ['chart-0', 'chart-1', 'chart-2']) await expect(page.getByTestId(chart).locator('.scatterlayer .trace').first()).toBeAttached();
  await expect(page.getByTestId('chart-2').locator('.js-plotly-plot'), 'the library has taken over').toBeAttached();
  const rows = page.getByTestId('results-table').locator('tbody tr[data-series]');
  const answer = await demo.query({ time_range: 7200, calculations: [{ op: 'COUNT' }], breakdowns: ['service.name'] });
  await expect(rows).toHaveCount(answer.data.results.length);
  await expect(page.getByTestId('results-table')).toContainText('TOTAL');
  const shifts = await page.evaluate(() => new Promise<string[]>(done => {
    type Shift = PerformanceEntry & { value: number; sources: { node: Element | null; previousRect: DOMRect; currentRect: DOMRect }[] };
    const text = (box: DOMRect) => [box.x, box.y, box.width, box.height].map(Math.round).join(' ');
    new PerformanceObserver(list => done((list.getEntries() as Shift[]).filter(shift => shift.value >= 0.001).map(shift =>
      `${shift.value.toFixed(4)}: ${shift.sources.map(s => `${s.node?.nodeName}.${s.node?.className} from ${text(s.previousRect)} to ${text(s.currentRect)}`).join('; ')}`))).observe({ type: 'layout-shift', buffered: true });
    // Nothing is told where nothing has shifted.
    setTimeout(() => done([]), 500);
  }));
  expect(shifts, 'what the page shows stays where it is when the answer arrives').toEqual([]);
  // Sparklines and bars stand in the grid as every other cell does.
  const heights = await rows.first().locator('td').evaluateAll(cells => cells.map(cell => cell.getBoundingClientRect().height));
  expect(new Set(heights).size, heights.join(' ')).toBe(1);
  await page.mouse.move(900, 300);
  await expect(page.getByTestId('chart-0').locator('.hover-list .hover-row').first()).toBeVisible();
  await screenshotBothThemes(page, 'explore-overview');
});

test('the incident of the demo is one line among eight', async ({ page, demo }) => {
  test.setTimeout(120_000);
  const groups = async () => (await demo.query({
    time_range: 7200, series: false, calculations: [{ op: 'P99', column: 'duration_ms', name: 'p99' }, { op: 'COUNT' }], breakdowns: ['cloud.region', 'service.version'],
    where: { and: [{ column: 'service.name', op: '=', value: 'checkout' }, { column: 'span.kind', op: '=', value: 'server' }] },
  })).data.results.map((row: { data: Record<string, unknown> }) => row.data);
  const smallest = async () => Math.min(...(await groups()).map((row: Record<string, unknown>) => row.COUNT as number));
  await expect.poll(async () => (await groups()).length === 8 && await smallest() >= 20, { timeout: 100_000 }).toBe(true);
  const [worst, ...others] = await groups();
  expect([worst['cloud.region'], worst['service.version']]).toEqual(['eu-west-1', '2026.11.3']);
  for (const other of others) expect(other.p99).toBeLessThan(worst.p99 / 2);

  await page.goto(demo.ui + explore({
    calc: ['P99(duration_ms)', 'COUNT', 'COUNT where error = true as errors'], where: 'service.name = "checkout" and span.kind = "server"',
    by: ['cloud.region', 'service.version'], range: '2h',
  }));
  await runIsComplete(page);
  const first = page.getByTestId('results-table').locator('tbody tr[data-series]').first();
  await expect(first).toContainText('eu-west-1');
  await expect(first).toContainText('2026.11.3');
  await expect(async () => {
    await page.mouse.move(1200, 290);
    await page.mouse.move(1250, 290);
    await expect(page.getByTestId('chart-0').locator('.hover-list .hover-row').first()).toContainText('eu-west-1, 2026.11.3', { timeout: 1_000 });
  }).toPass();
  await screenshotBothThemes(page, 'explore-incident');
  await documentationImage(page, 'explore.png');
});

test('a chip that is typed changes the address and the answer', async ({ page, demo }) => {
  await page.goto(demo.ui + explore({ calc: ['COUNT'], range: '2h' }));
  await runIsComplete(page);
  const before = await page.getByTestId('events-matched').innerText();

  await page.getByTestId('add-where').click();
  await page.getByTestId('chip-editor').pressSequentially('service.na');
  await expect(page.getByTestId('completion')).toContainText('service.name');
  await page.keyboard.press('Enter');
  await page.getByTestId('chip-editor').pressSequentially('= ');
  const value = page.getByTestId('completion').getByRole('option').first();
  await expect(value.locator('.completion-detail')).toHaveText(/[0-9]/);
  await screenshotBothThemes(page, 'explore-completion');
  await page.keyboard.press('Enter');

  await expect.poll(() => parameters(page).get('where')).toMatch(/^service\.name = ".+"$/);
  await expect(page.getByTestId('events-matched')).not.toHaveText(before);

  await page.getByTestId('add-groupby').click();
  await page.getByTestId('chip-editor').pressSequentially('name');
  await page.getByTestId('completion').getByRole('option').filter({ hasText: /^s?name/ }).first().dispatchEvent('mousedown');
  await expect.poll(() => parameters(page).getAll('by')).toEqual(['name']);
  await expect(page.getByTestId('results-table').locator('thead')).toContainText('name');

  await page.getByTestId('query-builder').locator('.chip[data-clause=Where]').focus();
  await page.keyboard.press('Delete');
  await expect.poll(() => parameters(page).get('where')).toBeNull();
});

test('back, forward, reload and a second browser show the same question', async ({ page, demo, browser }) => {
  const first = explore({ calc: ['COUNT'], start: '2020-01-01T00:00:00Z', end: '2040-01-01T00:00:00Z' });
  await page.goto(demo.ui + first);
  await runIsComplete(page);
  await page.getByTestId('add-groupby').click();
  await page.getByTestId('chip-editor').pressSequentially('service.name');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('results-table').locator('thead')).toContainText('service.name');
  const second = page.url();

  await page.goBack();
  await expect.poll(() => parameters(page).getAll('by')).toEqual([]);
  await expect(page.getByTestId('results-table').locator('thead')).not.toContainText('service.name');
  await page.goForward();
  await expect(page.getByTestId('results-table').locator('thead')).toContainText('service.name');
  expect(page.url()).toBe(second);

  await page.reload();
  await runIsComplete(page);
  const groups = (target: typeof page) => target.getByTestId('results-table').locator('tbody tr[data-series] td:first-child').allInnerTexts();
  const shown = await groups(page);
  const other = await (await browser.newContext()).newPage();
  await other.goto(page.url());
  await runIsComplete(other);
  expect((await groups(other)).sort()).toEqual(shown.sort());
  await other.context().close();
});

test('a box on the heatmap is in the address and narrows the question', async ({ page, demo }) => {
  await page.goto(demo.ui + explore({ calc: ['HEATMAP(duration_ms)'], range: '2h' }));
  await runIsComplete(page);
  const layer = page.getByTestId('heatmap').locator('.layer');
  await page.getByTestId('heatmap').locator('.heatmaplayer image').first().waitFor({ state: 'attached' });
  const area = (await layer.boundingBox())!;
  await page.mouse.move(area.x + area.width * 0.5, area.y + area.height * 0.3);
  await page.mouse.down();
  await page.mouse.move(area.x + area.width * 0.8, area.y + area.height * 0.6, { steps: 4 });
  await page.mouse.up();

  await expect.poll(() => parameters(page).get('sel')).toMatch(/^\d{4}-.+Z\.\.\d{4}-.+Z,[\d.e+-]+\.\.[\d.e+-]+$/);
  await expect(page.getByTestId('heatmap').locator('.box-label')).toContainText('events');
  await screenshotBothThemes(page, 'explore-heatmap');
  await page.reload();
  await runIsComplete(page);
  await expect(page.getByTestId('heatmap').locator('.box')).toBeVisible();

  await expect(page.getByTestId('heatmap-log')).toHaveAttribute('aria-pressed', 'true');
  await page.getByTestId('heatmap-log').click();
  await expect.poll(() => parameters(page).get('heat')).toBe('linear');
  await expect(page.getByTestId('heatmap-log')).toHaveAttribute('aria-pressed', 'false');
  await page.getByTestId('heatmap').getByTestId('chart-menu').click();
  await page.getByTestId('chart-log').click();
  await expect(page.getByTestId('heatmap-log')).toHaveAttribute('aria-pressed', 'true');
  expect(parameters(page).get('sel'), 'the box stays').not.toBeNull();

  await page.getByTestId('filter-to-box').click();
  await expect.poll(() => parameters(page).get('where')).toMatch(/^duration_ms >= .+ and duration_ms <= .+$/);
  expect(parameters(page).get('sel')).toBeNull();
  expect(parameters(page).get('range')).toBe('2h');
});

test('the theme is kept, by key and over a reload', async ({ page, demo }) => {
  await page.goto(demo.ui + explore({ calc: ['COUNT'], range: '2h' }));
  await runIsComplete(page);
  const theme = () => page.locator('html').getAttribute('data-theme');
  expect(await theme()).toBe('dark');
  await page.keyboard.press('d');
  await expect.poll(theme).toBe('light');
  await page.reload();
  await expect.poll(theme).toBe('light');
});

test('shortcuts are listed, and no icon font is loaded', async ({ page, demo }) => {
  const fonts: string[] = [];
  page.on('request', request => { if (/\.woff2?($|\?)/.test(request.url())) fonts.push(request.url()); });
  await page.goto(demo.ui + explore({ calc: ['COUNT'], range: '2h' }));
  await runIsComplete(page);
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Shortcuts' })).toContainText('copy a link');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog', { name: 'Shortcuts' })).toBeHidden();
  expect(fonts).toEqual([]);
});

test('sorting by a head is in the address', async ({ page, demo }) => {
  await page.goto(demo.ui + explore({ calc: ['COUNT'], by: ['service.name'], range: '2h' }));
  await runIsComplete(page);
  await page.getByTestId('results-table').locator('thead button', { hasText: 'service.name' }).click();
  await expect.poll(() => parameters(page).get('order')).toBe('service.name desc');
  await page.getByTestId('results-table').locator('thead button', { hasText: 'service.name' }).click();
  await expect.poll(() => parameters(page).get('order')).toBe('service.name asc');
  const names = () => page.getByTestId('results-table').locator('tbody tr[data-series] td:first-child').allInnerTexts();
  // The address changes first, the answer follows.
  await expect.poll(async () => { const shown = await names(); return shown.length > 3 && String(shown) === String([...shown].sort()); }).toBe(true);
});

test('a value offers its verbs, by pointer and by key', async ({ page, demo }) => {
  await page.goto(demo.ui + explore({ calc: ['COUNT'], by: ['service.name'], range: '2h' }));
  await runIsComplete(page);
  const cell = page.getByTestId('results-table').locator('td[data-verbs]').first();
  const name = (await cell.innerText()).trim();
  await cell.click();
  await page.getByTestId('verb-filter').click();
  await expect.poll(() => parameters(page).get('where')).toBe(`service.name = "${name}"`);
  await runIsComplete(page);
  await page.getByTestId('results-table').locator('td[data-verbs]').first().focus();
  await page.keyboard.press('x');
  await expect.poll(() => parameters(page).get('where')).toBe(`service.name = "${name}" and service.name != "${name}"`);
  await expect(page.getByTestId('no-events')).toBeVisible();
  await expect(page.getByTestId('widen')).toBeVisible();
});

test('events open beside the list and lead to their trace', async ({ page, demo }) => {
  await page.goto(demo.ui + explore({ view: 'events', where: 'meta.signal_type = "trace" and exists(trace.parent_id)', range: '2h' }));
  await page.getByTestId('event-row').first().click();
  await expect(page.getByTestId('event-panel')).toContainText('trace.trace_id');
  await screenshotBothThemes(page, 'explore-events');
  const rows = await page.getByTestId('event-row').count();
  await page.getByTestId('load-more').scrollIntoViewIfNeeded();
  await expect.poll(() => page.getByTestId('event-row').count()).toBeGreaterThan(rows);

  await page.getByTestId('open-trace').click();
  await expect(page.getByTestId('trace-waterfall')).toBeVisible();
  await expect(page.getByTestId('trace-span').first()).toBeVisible();
  expect(page.url()).toMatch(/\/trace\/[0-9a-f]{32}\?span=[0-9a-f]{16}&time=\d{4}-/);
  await expect(page.getByTestId('span-panel')).toContainText('trace.span_id');
  await screenshotBothThemes(page, 'trace');
  await page.goBack();
  await expect(page.getByTestId('events-table')).toBeVisible();
});

test('hostile names and values are shown as text', async ({ page, server }) => {
  const name = '<img src=x onerror="document.title=1"> `a` "b" \'c\'; drop table events;--\n\u202e&amp;🙂';
  const value = '<script>document.title="owned"</script>';
  await sendSpans(server, [{ name: 'hostile', attributes: { [name]: value, plain: 1 } }]);
  const quoted = '`' + name.replaceAll('`', '``') + '`';
  await page.goto(server.ui + explore({ calc: ['COUNT'], by: [quoted], range: '1h' }));
  await runIsComplete(page);
  await expect(page.getByTestId('results-table').locator('tbody')).toContainText('<script>document.title="owned"</script>');
  await page.getByTestId('results-table').locator('td[data-verbs]').first().click();
  await page.getByTestId('verb-filter').click();
  await expect.poll(() => parameters(page).get('where')).toBe(`${quoted} = "<script>document.title=\\"owned\\"</script>"`);
  await runIsComplete(page);
  await expect(page.getByTestId('events-matched')).toHaveText('1');
  await page.getByTestId('tab-events').click();
  await page.getByTestId('event-row').first().click();
  await expect(page.getByTestId('event-panel')).toContainText('<img src=x');
  expect(await page.locator('img, main script').count()).toBe(0);
  expect(await page.title()).toContain('Explorer');
});

test('the counts of the page are those that were sent', async ({ page, server }) => {
  const sent = await send(server.addresses, 'json', 7, 3);
  await page.goto(server.ui + explore({ calc: ['COUNT'], by: ['meta.signal_type'], range: '1h' }));
  await runIsComplete(page);
  const table = page.getByTestId('results-table').locator('tbody');
  await expect(table.locator('tr', { hasText: 'trace' })).toContainText(String(sent.spans));
  await expect(table.locator('tr', { hasText: 'log' })).toContainText(String(sent.logs));
});

test('a long question says how long it runs over the kept answer, and Escape stops it', async ({ page, demo }) => {
  await page.goto(demo.ui + explore({ calc: ['COUNT'], by: ['service.name'], range: '6h' }));
  await runIsComplete(page);
  const rows = page.getByTestId('results-table').locator('tbody tr[data-series]');
  const before = await rows.count();
  // Looking through two hundred thousand texts for one with as many ways to begin as it has digits: far more work than the server's time limit.
  const long = explore({ calc: ['SUM(searched)'], field: 'searched: REG_COUNT(CONCAT($trace.trace_id, $trace.span_id, $trace.trace_id), `[0-7][0-9a-f]{70}x`)', by: ['service.name'], range: '6h' });
  await page.evaluate(address => { (window as unknown as { Blazor: { navigateTo(to: string): void } }).Blazor.navigateTo(address); }, long);
  // All at one moment, before its time limit stops the question.
  await page.waitForFunction(() => {
    const bar = document.querySelector('[role=progressbar]')!;
    return /running\s*\d+\.\d s/.test(document.querySelector('[data-testid=query-meta]')!.textContent!)
      && getComputedStyle(bar).visibility === 'visible' && bar.getBoundingClientRect().width > 0 && document.querySelector('.body.old') !== null;
  });
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('query-meta')).toHaveAttribute('data-state', 'cancelled');
  await expect(rows).toHaveCount(before);
  await page.goBack();
  await runIsComplete(page);
});
