import type { MessageKind } from '../message.ts';

/** Kinds that have no wording of their own. */
type Wordless = 'codeLine' | 'channelLine' | 'namedObject' | 'echo';

/**
 * One language of RMAN, as data. A wording is text with values in braces (`{piece}`; `Fields` lists them). `{…}` stands for
 * whatever follows, and `{ch}` for how this language begins a line of a channel. A wording has to fit the whole line. For languages
 * other than English a letter with an accent also fits what a wrong code page makes of it, and blanks around `:`, `=` and `,` do not count.
 */
export interface Language {
  readonly name: string;
  /** Every line that matters has a wording, and no console spoils it: it is compared character by character. */
  readonly isExact?: true;
  /** Code pages in which consoles write it, likeliest first, by the names of iconv. */
  readonly encodings: readonly string[];
  /** `channel {channel}: ` */
  readonly channelStart: readonly string[];
  readonly wordings: Partial<Record<Exclude<MessageKind, Wordless>, readonly string[]>>;
  readonly words?: Words;
}

/**
 * Words by which a line is understood for which no wording is known. What was understood by words alone is reported as
 * such.
 */
export interface Words {
  /** A line of a channel with one of these announces a set. */
  readonly setAnnounced: readonly string[];
  readonly incremental: readonly string[];
  readonly archivedLog: readonly string[];
  readonly compressed: readonly string[];
  /** A line of a channel with one of these announces an image copy. */
  readonly copyAnnounced: readonly string[];
  readonly controlFile: readonly string[];
  readonly standby: readonly string[];
  /** Something is deleted: the line before an object, or that of the channel that deletes logs. */
  readonly deleted: readonly string[];
}
