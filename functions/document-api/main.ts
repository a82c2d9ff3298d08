import { readFileSync } from 'node:fs';
import { createDocumentApi } from './handler.ts';

// Written beside this file when the functions are bundled.
export const handler = createDocumentApi(readFileSync(new URL('openapi.json', import.meta.url), 'utf8'));
