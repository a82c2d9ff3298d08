import { redact } from './redact.ts';

/** Shorter parts of a string are copies in any case. */
const SHORTEST_VIEW = 13;

/**
 * A text to keep, without secrets. A copy that does not share memory: V8 makes a long part of a string a view of the whole, and one
 * handle would keep a chunk of the log alive.
 */
export const keepText = (text: string): string => {
  const kept = redact(text);
  return kept.length < SHORTEST_VIEW ? kept : ` ${kept}`.slice(1);
};
