import { expect, test } from '../fixtures/test';

const count = (where?: object) => ({ time_range: 3600, calculations: [{ op: 'COUNT' }], ...(where ? { where } : {}) });

function spans(howMany: number, service: string) {
  const now = BigInt(Date.now()) * 1_000_000n;
  return {
    resourceSpans: [{
      resource: { attributes: [{ key: 'service.name', value: { stringValue: service } }] },
      scopeSpans: [{
        spans: Array.from({ length: howMany }, (_, i) => ({
          traceId: (i + 1).toString(16).padStart(32, 'a'), spanId: (i + 1).toString(16).padStart(16, 'b'), name: `work ${i}`, kind: 2,
          startTimeUnixNano: String(now - 2_000_000n), endTimeUnixNano: String(now),
        })),
      }],
    }],
  };
}

test('status and queries agree with what was sent, to the event', async ({ server }) => {
  expect((await server.status()).events).toBe(0);

  await server.send('traces', spans(1234, 'counted'));

  expect(await server.status()).toMatchObject({ events: 1234, hot_events: 1234, rejected: 0 });
  const answer = await server.query(count({ column: 'service.name', op: '=', value: 'counted' }));
  expect(answer.data.results).toEqual([{ data: { COUNT: 1234 } }]);
});

test('a kept run answers what it answered, whatever arrives later', async ({ server }) => {
  await server.send('traces', spans(10, 'before'));
  const first = await server.query(count());
  await server.send('traces', spans(5, 'after'));

  const run = await server.get(`/api/v1/runs/${first.id}`) as any;

  expect(first.url).toBe(`/r/${first.id}`);
  expect(run.result.data).toEqual(first.data);
  expect(run.query.calculations).toEqual([{ op: 'COUNT' }]);
  expect((await server.query(count())).data.results[0].data.COUNT).toBe(15);
});
