import { KnownText } from '../text/known-text.ts';
import type { Codes } from '../text/text-codes.ts';

export type Table =
  | 'sets'
  | 'setDatafiles'
  | 'setLogs'
  | 'setCopy'
  | 'setCopyPieces'
  | 'pieces'
  | 'summaries'
  | 'datafileCopies'
  | 'controlFileCopies'
  | 'logs'
  | 'schema'
  | 'temporaryFiles';

// A table is known by the line under its heading, whose dashes are as wide as RMAN's columns in every language; dates may have any width.
const tables: readonly (readonly [RegExp, Table])[] = [
  [/^7 4 2 10( 11 12 \d+)?$|^7 10( 11 12 \d+)?$/, 'sets'],
  [/^4 2 4 10 \d+( 11 6)? \d+$/, 'setDatafiles'],
  [/^4 7 10 \d+ 10 \d+$/, 'setLogs'],
  [/^11 12 \d+ 10 \d+$/, 'setCopy'],
  [/^7 3 11 \d+$/, 'setCopyPieces'],
  [/^7 7 3 3 11 11 \d+$/, 'pieces'],
  [/^7 2 2 1 11 \d+ 7 7 10 \d+$/, 'summaries'],
  [/^7 4 1 \d+ 10 \d+( 6)?$/, 'datafileCopies'],
  [/^7 1 \d+ 10 \d+$/, 'controlFileCopies'],
  [/^7 4 7 1 \d+$/, 'logs'],
  [/^4 (?:8|10) 20 7 \d+$/, 'schema'],
  [/^4 (?:8|10) 20 11 \d+$/, 'temporaryFiles'],
];

/** The line under the heading of a table. */
interface Rule {
  /** Undefined of one that nothing is read from. */
  readonly table: Table | undefined;
}

interface KnownRule extends Rule {
  readonly text: KnownText;
  table: Table | undefined;
}

const RULE = /^-+(?: +-+)+$/;
const LONGEST_KNOWN = 160;
const MOST_KNOWN = 8;

/** Those that were met last: a log repeats a few of them with its lists. */
const known: KnownRule[] = [];
let next = 0;

/** The rule that a part of a text is, if it is one. */
export const ruleAt = (codes: Codes, from: number, end: number): Rule | undefined => {
  for (let index = 0; index < known.length; index += 1) {
    const rule = known[index] as KnownRule;
    if (rule.text.length === end - from && rule.text.standsIn(codes, from, end)) return rule;
  }
  const text = codes.part(from, end);
  if (!RULE.test(text)) return undefined;
  const table = tableUnder(text);
  if (text.length <= LONGEST_KNOWN) remember(table, codes, from, text.length);
  return { table };
};

const remember = (table: Table | undefined, codes: Codes, from: number, length: number): void => {
  const rule = known[next] ?? { table, text: new KnownText('', LONGEST_KNOWN) };
  rule.table = table;
  rule.text.become(codes, from, length);
  known[next] = rule;
  next = (next + 1) % MOST_KNOWN;
};

const tableUnder = (rule: string): Table | undefined => {
  const shape = rule
    .split(/ +/)
    .map(({ length }) => length)
    .join(' ');
  return tables.find(([pattern]) => pattern.test(shape))?.[1];
};
