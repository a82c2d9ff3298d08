import * as z from 'zod';
import type { Queue } from './queue-registry.ts';
import { invalidParameter, missingParameter, noSuchQueue } from './sqs-error.ts';
import type { SqsState } from './sqs-state.ts';

/** Answers one operation; `gone` is aborted when the client does not wait any more. */
export type Operation = (state: SqsState, input: unknown, gone: AbortSignal) => object | Promise<object>;

/**
 * Reads the input of an operation, all of it known.
 * @throws SqsError that names what is missing, wrong or not supported.
 */
export const parseInput = <Schema extends z.ZodType>(schema: Schema, input: unknown): z.infer<Schema> => {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const missing = parsed.error.issues.find(
    ({ code, path, message }) =>
      code === 'invalid_type' && path.length === 1 && message.endsWith('undefined'),
  );
  if (missing !== undefined) throw missingParameter(String(missing.path[0]));
  throw invalidParameter(z.prettifyError(parsed.error));
};

/**
 * The queue that a URL names by its last two parts, whatever the host: URLs from the template have AWS's.
 * @throws QueueDoesNotExist
 */
export const queueOf = ({ queues, home }: SqsState, queueUrl: string): Queue => {
  const [, accountId, name = ''] = /^(?:https?:\/\/[^/]+)?\/?(?:(\d{12})\/)?([^/]+)\/?$/.exec(queueUrl) ?? [];
  if (accountId !== home.accountId) throw noSuchQueue();
  return queues.get(name);
};
