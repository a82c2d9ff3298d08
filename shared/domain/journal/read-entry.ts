import { createHash } from 'node:crypto';
import * as z from 'zod';
import { ServiceError } from '../../errors.ts';
import type { Instant } from '../instant.ts';

/** An entry of a mount's journal as its bytes say it. */
export interface ReadEntry {
  readonly number: number;
  readonly previousSha256: string;
  readonly at: Instant;
  readonly kind: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly bytes: string;
  /** SHA-256 (hex) of `bytes`. */
  readonly sha256: string;
}

/** What the next entry must follow. */
interface ChainEnd {
  readonly number: number;
  readonly hash: string;
}

const schema = z.strictObject({
  version: z.literal(1),
  number: z.int().positive(),
  previousSha256: z.string().regex(/^[0-9a-f]{64}$/),
  at: z.iso.datetime({ precision: 3 }),
  kind: z.string(),
  data: z.record(z.string(), z.unknown()),
});

/**
 * The entry that follows `end` in a chain, checked strictly: number, hash of the one before, and that the bytes are the
 * only ones that say so (docs/format.md, Journal). Throws JOURNAL_BROKEN, with what is wrong.
 */
export function readEntry(bytes: string, end: ChainEnd): ReadEntry {
  const number = end.number + 1;
  const broken = (why: string) =>
    new ServiceError('JOURNAL_BROKEN', `journal entry ${number} ${why}`, { details: { number } });
  const parsed = schema.safeParse(parseJson(bytes));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw broken(`is none: ${issue?.path.join('.') || 'it'} ${issue?.message ?? 'cannot be read'}`);
  }
  const { version, number: stated, previousSha256, at, kind, data } = parsed.data;
  if (stated !== number) throw broken(`has the number ${stated}`);
  if (previousSha256 !== end.hash)
    throw broken('does not follow the entry before: previousSha256 is another');
  if (JSON.stringify({ version, number: stated, previousSha256, at, kind, data }) !== bytes) {
    throw broken('is written in another way than entries are');
  }
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { number, previousSha256, at: at as Instant, kind, data, bytes, sha256 };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
