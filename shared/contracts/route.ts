import type * as z from 'zod';
import type { Role } from '../domain/access.ts';

/** The Lambda that serves a route; one folder `functions/{area}` each. */
export const apiAreas = [
  'stores-api',
  'mounts-api',
  'uploads-api',
  'recovery-points-api',
  'retention-api',
  'databases-api',
  'restores-api',
  'requests-api',
  'catalog-api',
  'administration-api',
  'document-api',
] as const;
export type ApiArea = (typeof apiAreas)[number];

/** What one route takes, answers and who may call it. */
export interface RouteContract {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: `/v1/${string}` | `/api/v1/${string}`;
  readonly area: ApiArea;
  /** Who may call; `public` needs no credential. */
  readonly roles: readonly Role[] | 'public';
  readonly summary: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  readonly status: 200 | 201 | 202 | 204;
  readonly response?: z.ZodType;
}

export const readers = ['viewer', 'operator', 'admin', 'auditor'] as const;
export const readersAndStore = [...readers, 'store'] as const;

/** Checks a contract's shape and keeps its exact type. */
export const route = <const R extends RouteContract>(contract: R): R => contract;
