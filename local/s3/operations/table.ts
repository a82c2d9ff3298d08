import { BUCKET_OPERATIONS } from './bucket-operations.ts';
import { OBJECT_OPERATIONS } from './object-operations.ts';
import type { Operation } from './operation.ts';

/** Everything this server does. The first entry that fits a request is taken, so the more special stand first. */
export const OPERATIONS: Readonly<Record<string, Operation>> = { ...BUCKET_OPERATIONS, ...OBJECT_OPERATIONS };
