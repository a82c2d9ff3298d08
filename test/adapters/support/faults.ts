import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';

/** What becomes of one request on its way; `pass` lets it through and gives its result. */
type Fault = (pass: () => Promise<unknown>) => Promise<unknown>;

/** Lays a fault on the next `times` requests of one operation, below the SDK's own retries. */
export function injectFault(
  client: DynamoDBClient,
  operation: string,
  fault: Fault,
  times = Number.POSITIVE_INFINITY,
): { readonly count: () => number } {
  let count = 0;
  client.middlewareStack.add(
    (next, context) => async (args) => {
      if (context.commandName !== `${operation}Command` || count >= times) return next(args);
      count += 1;
      return (await fault(() => next(args))) as Awaited<ReturnType<typeof next>>;
    },
    { step: 'deserialize', priority: 'low' },
  );
  return { count: () => count };
}

/** More than any transaction of the catalog has. */
const maxItems = 10;

/** DynamoDB's refusal of a transaction, with one reason for each of its items: these, and None for the rest. */
export const cancelled =
  (...codes: readonly string[]): Fault =>
  async () => {
    throw new TransactionCanceledException({
      $metadata: {},
      message: `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
      CancellationReasons: Array.from({ length: maxItems }, (_, item) => ({ Code: codes[item] ?? 'None' })),
    });
  };

/** The request arrives and is carried out; its answer is lost. */
export const lostAnswer: Fault = async (pass) => {
  await pass();
  throw Object.assign(new Error('socket hang up'), { name: 'TimeoutError', code: 'ECONNRESET' });
};
