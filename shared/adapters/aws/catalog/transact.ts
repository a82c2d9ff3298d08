import { setTimeout as sleep } from 'node:timers/promises';
import {
  type CommittedTransactionResult,
  createWriteTransaction,
  type TransactWriteEntities,
  type TransactWriteItem,
} from 'electrodb';
import { ServiceError } from '../../../errors.ts';
import type { Entities } from './entities.ts';

/** One write or check of a transaction, as `.commit()` makes it. */
export type Step = CommittedTransactionResult<unknown, TransactWriteItem>;

/** What stood in the way: the steps whose condition did not hold; `contended` when others kept touching the items. */
type Refusal<Name extends string> = ReadonlySet<Name | 'contended'>;

/** 20, 40, 80 … 1,000 ms at most, each with full jitter: four seconds in all before a change is given up. */
const maxAttempts = 10;
const waitMillis = (attempt: number): number => Math.random() * Math.min(1000, 20 * 2 ** attempt);

/** Another transaction held an item, or a limit was reached for a moment: nothing was decided. */
const passing = new Set(['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded']);

/**
 * Applies all steps or none; steps that are undefined are left out. An empty answer says that all were applied. A lost
 * answer does no harm: the SDK repeats a request under its own token, for which DynamoDB answers as the first time.
 */
export async function transact<Name extends string>(
  entities: Entities,
  build: (entities: TransactWriteEntities<Entities>) => Readonly<Record<Name, Step | undefined>>,
): Promise<Refusal<Name>> {
  for (let attempt = 1; ; attempt++) {
    const reasons = await runOnce(entities, build);
    const isUndecided = reasons.some(({ code }) => passing.has(code));
    if (!isUndecided) return new Set(reasons.map(({ step }) => step));
    if (attempt === maxAttempts) return new Set(['contended']);
    await sleep(waitMillis(attempt));
  }
}

/** Why the transaction was cancelled; nothing when it was applied. */
async function runOnce<Name extends string>(
  entities: Entities,
  build: (entities: TransactWriteEntities<Entities>) => Readonly<Record<Name, Step | undefined>>,
): Promise<readonly { step: Name; code: string }[]> {
  const names: Name[] = [];
  const transaction = createWriteTransaction(entities, (writable) =>
    Object.entries<Step | undefined>(build(writable)).flatMap(([name, step]) => {
      if (step === undefined) return [];
      names.push(name as Name);
      return [step];
    }),
  );
  const { canceled, data } = await transaction.go();
  if (!canceled) return [];
  const results: readonly { code: string; message?: string | undefined }[] = data;
  // DynamoDB gives one reason for each step, in the order of the steps.
  const reasons = names.flatMap((step, index) => {
    const { code, message } = results[index] ?? { code: 'missing' };
    if (code === 'None') return [];
    if (code === 'ConditionalCheckFailed' || passing.has(code)) return [{ step, code }];
    throw new Error(`step ${step} of the transaction was refused with ${code}: ${message ?? 'no message'}`);
  });
  if (reasons.length === 0) throw new Error('the transaction was cancelled without a reason');
  return reasons;
}

/** For changes whose callers cannot decide on a conflict. */
export function refuseContended(refusal: Refusal<string>): void {
  if (!refusal.has('contended')) return;
  throw new ServiceError('INTERNAL', 'other changes kept the catalog busy: nothing was changed');
}

/** Runs a single write, again while a transaction holds its item. */
export async function writeOnce<T>(write: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await write();
    } catch (error) {
      if (attempt === maxAttempts || !isTransactionConflict(error)) throw error;
    }
    await sleep(waitMillis(attempt));
  }
}

/** ElectroDB wraps what DynamoDB says. */
const isTransactionConflict = (error: unknown): boolean =>
  error instanceof Error &&
  error.cause instanceof Error &&
  error.cause.name === 'TransactionConflictException';
