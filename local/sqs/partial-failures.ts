import * as z from 'zod';
import type { StoredMessage } from './message-store.ts';

const answerSchema = z
  .object({ batchItemFailures: z.array(z.object({ itemIdentifier: z.string().min(1) })).nullish() })
  .nullable();

/**
 * Ids of the messages that a function reported as failed. An answer that is not as it should be, or that names a
 * message of another batch, fails all of them, as in
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
 */
export const findFailures = (payload: string, messages: readonly StoredMessage[]): ReadonlySet<string> => {
  const all = new Set(messages.map(({ id }) => id));
  const parsed = answerSchema.safeParse(parseJson(payload));
  if (!parsed.success) return typeof parseJson(payload) === 'object' ? all : new Set();
  const failed = new Set((parsed.data?.batchItemFailures ?? []).map(({ itemIdentifier }) => itemIdentifier));
  return failed.isSubsetOf(all) ? failed : all;
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};
