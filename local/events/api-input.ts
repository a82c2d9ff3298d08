import * as z from 'zod';
import { invalid } from './request-error.ts';

/**
 * Reads the input of an operation, all of it known.
 * @throws ValidationException that names what is missing, wrong or not supported.
 */
export const parseInput = <Schema extends z.ZodType>(schema: Schema, input: unknown): z.infer<Schema> => {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw invalid(z.prettifyError(parsed.error));
};

export const pageFields = {
  NextToken: z.string().optional(),
  Limit: z.coerce.number().int().min(1).max(100).optional(),
};

/** A page of items in ascending order of their keys; the token is the last key of the page before. */
export const pageOf = <Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
  { NextToken, Limit = 100 }: { NextToken?: string | undefined; Limit?: number | undefined },
): { readonly page: readonly Item[]; readonly NextToken?: string } => {
  const after = NextToken === undefined ? '' : Buffer.from(NextToken, 'base64url').toString();
  const rest = items.filter((item) => keyOf(item) > after);
  const page = rest.slice(0, Limit);
  const last = page.at(-1);
  const isMore = last !== undefined && rest.length > page.length;
  return { page, ...(isMore && { NextToken: Buffer.from(keyOf(last)).toString('base64url') }) };
};
