import { callWebService, send, type Protocol } from '../clients/run';
import { expect, test } from '../fixtures/test';

const protocols: Protocol[] = ['grpc', 'protobuf', 'json'];

/** An Explore address as a person would share it. */
const explore = (ui: string, parameters: Record<string, string>) => `${ui}/explore?${new URLSearchParams(parameters)}`;

test('the JS SDK is counted to the event over each transport, and stands on the Explore page', async ({ page, server }) => {
  const sent = [];
  for (const protocol of protocols) sent.push(await send(server.addresses, protocol, 200, 150));

  expect((await server.status()).events).toBe(3 * (600 + 150));
  const byService = await server.query({
    time_range: 3600,
    calculations: [
      { op: 'COUNT', name: 'spans', where: { column: 'meta.signal_type', op: '=', value: 'trace' } },
      { op: 'COUNT', name: 'logs', where: { column: 'meta.signal_type', op: '=', value: 'log' } },
      { op: 'COUNT', name: 'errors', where: { column: 'error', op: '=', value: true } },
      { op: 'COUNT_DISTINCT', column: 'trace.trace_id', name: 'traces' },
      { op: 'SUM', column: 'order.number', name: 'orders' },
    ],
    breakdowns: ['service.name'],
  });
  const rows = Object.fromEntries(byService.data.results.map((row: any) => [row.data['service.name'], row.data]));
  for (const one of sent) {
    // Orders 0 to 199 on spans, 0 to 149 on logs.
    expect(rows[one.service]).toMatchObject({ spans: one.spans, logs: one.logs, errors: one.errors, traces: one.traces, orders: 19_900 + 11_175 });
  }

  await page.goto(explore(server.ui, { calc: 'COUNT', by: 'service.name', range: '1h' }));
  const table = page.getByTestId('results-table');
  for (const one of sent) await expect(table).toContainText(one.service);
  await expect(page.getByTestId('chart-0')).toBeVisible();
  await expect(table).toContainText('750');
});

test('the types of attributes arrive as they were set', async ({ server }) => {
  await send(server.addresses, 'grpc', 2, 0);
  const { columns } = await server.get('/api/v1/columns') as { columns: { name: string; type: string; count: number }[] };
  const types = Object.fromEntries(columns.map(column => [column.name, [column.type, column.count]]));

  expect(types).toMatchObject({
    'order.number': ['Int64', 2], 'user.vip': ['Bool', 2], 'http.route': ['String', 2], 'peer.names': ['String', 4], 'duration_ms': ['Float64', 6],
    'service.version': ['String', 6],
  });
});

test('an instrumented web service shows its own calls as one trace', async ({ page, server }) => {
  const calls = 20;
  await callWebService(server.addresses, calls);

  // Per call: the server span of /checkout, its client span to /stock, the server span of /stock; and one log record.
  const answer = await server.query({
    time_range: 3600,
    calculations: [{ op: 'COUNT' }, { op: 'COUNT_DISTINCT', column: 'trace.trace_id', name: 'traces' }],
    breakdowns: ['meta.signal_type', 'span.kind'],
    where: { column: 'service.name', op: '=', value: 'web-service' },
  });
  const rows = answer.data.results.map((row: any) => [row.data['meta.signal_type'], row.data['span.kind'], row.data.COUNT, row.data.traces]);
  expect(rows).toEqual([['trace', 'server', 2 * calls, calls], ['log', null, calls, calls], ['trace', 'client', calls, calls]]);
  expect((await server.status()).events).toBe(4 * calls);

  const one = await server.query({ time_range: 3600, where: { column: 'span.kind', op: '=', value: 'client' }, limit: 1 });
  const trace = await server.get(`/api/v1/traces/${one.data.events[0]['trace.trace_id']}`) as { events: unknown[] };
  expect(trace.events).toHaveLength(4);

  await page.goto(explore(server.ui, { calc: 'COUNT', where: 'service.name = "web-service"', by: 'span.kind', range: '1h' }));
  await expect(page.getByTestId('results-table')).toContainText('server');
  await expect(page.getByTestId('results-table')).toContainText(String(2 * calls));
});
