// Auto-instrumentation as the OpenTelemetry documentation has it: the SDK reads its endpoint and service name from OTEL_ variables.
import { register } from 'node:module';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { NodeSDK } from '@opentelemetry/sdk-node';

register('@opentelemetry/instrumentation/hook.mjs', import.meta.url);
globalThis.telemetry = new NodeSDK({ instrumentations: [new HttpInstrumentation()] });
globalThis.telemetry.start();
