import type { Logger } from '@aws-lambda-powertools/logger';
import { createOpenApiDocument } from '../../shared/contracts/openapi.ts';
import { serveArea } from '../http/serve-area.ts';

/** The API's own description. */
export function createDocumentApi({ logger }: { logger: Logger }) {
  const document = createOpenApiDocument();
  return serveArea('document-api', { showDocument: async () => document }, logger);
}
