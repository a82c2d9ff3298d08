import { createOpenApiDocument } from '../../shared/contracts/openapi.ts';
import { serveArea } from '../http/serve-area.ts';
import type { Telemetry } from '../runtime/telemetry.ts';

/** The API's own description. */
export function createDocumentApi({ telemetry }: { telemetry: Telemetry }) {
  const document = createOpenApiDocument();
  return serveArea('document-api', { showDocument: async () => document }, telemetry);
}
