import type { InvokeFunction } from '../services.ts';

export type InvokeOutcome =
  | { readonly kind: 'succeeded'; readonly payload: string }
  | { readonly kind: 'function-error'; readonly message: string }
  | { readonly kind: 'timed-out' }
  /** Lambda did not run the function; `name` is its error. */
  | { readonly kind: 'refused'; readonly name: string };

/** Invokes a function and stops waiting, not the function, when the time is over. */
export async function invokeWithin(
  timeoutMs: number,
  invoke: InvokeFunction,
  functionArn: string,
  event: object,
): Promise<InvokeOutcome> {
  const timeout = Promise.withResolvers<InvokeOutcome>();
  const timer = setTimeout(() => timeout.resolve({ kind: 'timed-out' }), timeoutMs);
  try {
    return await Promise.race([invokeOnce(invoke, functionArn, event), timeout.promise]);
  } finally {
    clearTimeout(timer);
  }
}

async function invokeOnce(
  invoke: InvokeFunction,
  functionArn: string,
  event: object,
): Promise<InvokeOutcome> {
  try {
    const { payload, functionError } = await invoke(functionArn, JSON.stringify(event));
    return functionError === undefined
      ? { kind: 'succeeded', payload }
      : { kind: 'function-error', message: errorMessageOf(payload) };
  } catch (error) {
    return { kind: 'refused', name: error instanceof Error ? error.name : String(error) };
  }
}

function errorMessageOf(payload: string): string {
  const { errorMessage = payload } = JSON.parse(payload) as { errorMessage?: unknown };
  return String(errorMessage);
}
