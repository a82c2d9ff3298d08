import type { FastifyBaseLogger } from 'fastify';

/** JSON lines. Tokens, codes and signed URLs must never reach it. */
export type Log = FastifyBaseLogger;
