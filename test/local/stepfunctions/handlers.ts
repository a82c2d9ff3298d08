import type { InvocationResult } from '../../../local/services.ts';

export type Handler = (payload: unknown) => unknown;

/** Runs a handler in this process as Lambda would: an error becomes errorType, errorMessage and trace. */
export function invokeWith(functions: Record<string, Handler>) {
  return async (name: string, payload: string): Promise<InvocationResult> => {
    const handler = functions[name];
    if (handler === undefined) {
      throw Object.assign(new Error(`Function not found: ${name}`), { name: 'ResourceNotFoundException' });
    }
    try {
      return { payload: JSON.stringify((await handler(JSON.parse(payload))) ?? null) };
    } catch (error) {
      const { name: errorType, message: errorMessage } = error as Error;
      return { functionError: 'Unhandled', payload: JSON.stringify({ errorType, errorMessage, trace: [] }) };
    }
  };
}
