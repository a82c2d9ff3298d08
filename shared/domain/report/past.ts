/** A figure, or why there is none: `none` is known, `unknown` is not. */
export type OrUnknown<T> = T | 'unknown';
export type Past<T> = T | 'none' | 'unknown';

/** Rows, newest first, as far as they were read. */
export interface History<T> {
  readonly items: readonly T[];
  /** There are no older ones. */
  readonly isWhole: boolean;
}

export interface Failure {
  readonly at: string;
  readonly reason: string;
}

/** What was found among the rows of a history; that there is none is known only where all of it was read. */
export const foundIn = <T>(found: T | undefined, { isWhole }: { readonly isWhole: boolean }): Past<T> =>
  found ?? (isWhole ? 'none' : 'unknown');
