import { redact } from './redact.ts';

/** Shorter parts of a string are copies in any case. */
const SHORTEST_VIEW = 13;
/** A part of a chunk that is worth keeping the whole of it for. */
const DENSE = 1 / 4;

let keptOfChunk = 0;
let chunkLength = 0;
let keepsViews = false;

/**
 * The next chunk of a log comes. V8 makes a long part of a string a view of the whole, and one handle would keep a chunk of the log
 * alive: so what is kept is copied. Not so where the log is so dense with names that copies would take as much as the chunk and more:
 * each chunk that is kept whole follows one of which a quarter was kept, so that views never hold more than four times what is kept.
 */
export const beginChunk = (length: number): void => {
  keepsViews = keptOfChunk > chunkLength * DENSE;
  keptOfChunk = 0;
  chunkLength = length;
};

/** A text to keep, without secrets. */
export const keepText = (text: string): string => {
  const kept = redact(text);
  keptOfChunk += kept.length;
  return keepsViews || kept.length < SHORTEST_VIEW ? kept : ` ${kept}`.slice(1);
};
