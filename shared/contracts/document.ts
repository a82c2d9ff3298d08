import * as z from 'zod';
import { route } from './route.ts';

export const documentRoutes = {
  showDocument: route({
    method: 'GET',
    path: '/v1/openapi.json',
    area: 'document-api',
    roles: 'public',
    summary: 'This API as an OpenAPI 3.1 document.',
    status: 200,
    response: z.record(z.string(), z.unknown()),
  }),
} as const;
