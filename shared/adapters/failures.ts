import { ServiceError } from '../errors.ts';

type Method = (...args: unknown[]) => Promise<unknown>;

/**
 * The same methods, with every error that is not a ServiceError turned into one: INTERNAL, the error as its cause. What
 * an adapter knows how to answer it has answered before it comes to this.
 */
export function translateFailures<T extends object>(name: string, port: T): T {
  const translated = Object.entries(port as Record<string, Method>).map(([method, call]) => [
    method,
    async (...args: unknown[]) => {
      try {
        return await call(...args);
      } catch (cause) {
        if (cause instanceof ServiceError) throw cause;
        throw new ServiceError('INTERNAL', `${name}.${method} failed: ${describe(cause)}`, { cause });
      }
    },
  ]);
  return Object.fromEntries(translated);
}

/** The innermost error's name and message: ElectroDB and the SDK wrap what the service said. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? describe(error.cause) : `${error.name}: ${error.message}`;
}
