// A small web service as people write them, instrumented only by instrument.mjs: /checkout calls its own /stock over HTTP and logs.
//   node --import ./instrument.mjs web-service.mjs
// Prints its port, serves until stdin closes.
import { createServer, get } from 'node:http';
import { logs, SeverityNumber } from '@opentelemetry/api-logs';

const logger = logs.getLogger('web-service');

const server = createServer((request, response) => {
  const url = new URL(request.url, 'http://localhost');
  if (url.pathname === '/stock') {
    response.end('{"left":3}');
    return;
  }
  if (url.pathname !== '/checkout') {
    response.writeHead(404).end();
    return;
  }
  get({ port: server.address().port, host: '127.0.0.1', path: '/stock' }, stock => {
    stock.resume();
    stock.on('end', () => {
      logger.emit({ severityNumber: SeverityNumber.INFO, severityText: 'INFO', body: 'order placed', attributes: { 'order.items': 3 } });
      response.end('placed');
    });
  });
});

server.listen(0, '127.0.0.1', () => console.log(String(server.address().port)));
process.stdin.resume().on('end', async () => {
  server.close();
  await globalThis.telemetry.shutdown();
  process.exit(0);
});
