import { createLogger } from '../runtime/logger.ts';
import { createDocumentApi } from './handler.ts';

export const handler = createDocumentApi({ logger: createLogger('document-api') });
