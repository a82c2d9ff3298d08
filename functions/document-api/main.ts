import { readEnvironment } from '../runtime/environment.ts';
import { createTelemetry } from '../runtime/telemetry.ts';
import { createDocumentApi } from './handler.ts';

const environment = readEnvironment(process.env, ['METRICS_NAMESPACE']);

export const handler = createDocumentApi({
  telemetry: createTelemetry('document-api', environment.METRICS_NAMESPACE),
});
