import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Addresses } from '../fixtures/server';

export interface Sent {
  service: string;
  spans: number;
  traces: number;
  errors: number;
  logs: number;
}

export type Protocol = 'grpc' | 'protobuf' | 'json';

/** Runs the sender to its end, and answers what it says to have sent. */
export async function send(addresses: Addresses, protocol: Protocol, traces: number, logs: number): Promise<Sent> {
  const child = spawn(process.execPath, ['send.mjs', protocol, String(traces), String(logs)], {
    cwd: import.meta.dirname,
    env: { ...process.env, OTEL_EXPORTER_OTLP_ENDPOINT: protocol === 'grpc' ? addresses.otlpGrpc : addresses.otlpHttp },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', chunk => { output += chunk; });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`the sender ended with ${code}`);
  return JSON.parse(output);
}

/** Starts the instrumented web service, calls it so many times, and stops it, which flushes its telemetry. */
export async function callWebService(addresses: Addresses, calls: number): Promise<void> {
  const child = spawn(process.execPath, ['--import', './instrument.mjs', 'web-service.mjs'], {
    cwd: import.meta.dirname,
    env: {
      ...process.env,
      OTEL_EXPORTER_OTLP_ENDPOINT: addresses.otlpHttp,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      OTEL_SERVICE_NAME: 'web-service',
      OTEL_TRACES_EXPORTER: 'otlp',
      OTEL_LOGS_EXPORTER: 'otlp',
      OTEL_METRICS_EXPORTER: 'none',
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [port] = await once(child.stdout, 'data');
  for (let i = 0; i < calls; i++) {
    const response = await fetch(`http://127.0.0.1:${String(port).trim()}/checkout`);
    if (await response.text() !== 'placed') throw new Error('the web service does not work');
  }
  const ended = once(child, 'exit');
  child.stdin.end();
  const [code] = await ended;
  if (code !== 0) throw new Error(`the web service ended with ${code}`);
}
