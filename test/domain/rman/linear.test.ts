import { describe, expect, it } from 'vitest';
import { parseRmanLog } from '../../../shared/domain/rman/log-parser.ts';

const MEGABYTE = 1_000_000;
const fill = (part: string, length: number): string =>
  part.repeat(Math.ceil(length / part.length)).slice(0, length);

/** Lines in which something could be tried again and again. */
const lines: readonly (readonly [string, (length: number) => string])[] = [
  ['tabs', (length) => `piece handle=${fill('\t', length)}x`],
  ['blanks', (length) => `input datafile${fill(' ', length)}x`],
  ['a name without end', (length) => `piece handle=${fill('a', length)}`],
  ['tags in a handle', (length) => `piece handle=${fill(' tag=', length)}`],
  ['keys', (length) => fill('a=b ', length)],
  ['digits', (length) => `channel c1: starting piece ${fill('1', length)}`],
  ['colons', (length) => `通道 ${fill(': ', length)}`],
  ['channel beginnings', (length) => fill('channel c1: ', length)],
  ['brackets', (length) => fill('[', length)],
  ['bracketed words', (length) => fill('[a] ', length)],
  ['times', (length) => fill('01:02:03 ', length)],
  ['records', (length) => fill('RECID=1 STAMP=', length)],
  ['a record after blanks', (length) => `x=1${fill(' ', length)}RECID=1 STAMP=1`],
  ['escapes', (length) => fill('\u001b[1;', length)],
  ['titles', (length) => fill('\u001b]0;x', length)],
  ['secrets', (length) => `RMAN-03002: ${fill('=a/b', length)}`],
  ['passwords', (length) => `RMAN-03002: ${fill('password ', length)}`],
  ['tokens', (length) => `RMAN-03002: ${fill('token', length)}`],
  ['addresses', (length) => `RMAN-03002: ${fill('a/"b@', length)}`],
  ['urls', (length) => `RMAN-03002: ${fill('http://a:', length)}`],
  ['connect strings', (length) => `RMAN-03002: ${fill('connect target "a/', length)}`],
  ['options', (length) => `RMAN-03002: ${fill('sshpass -p ', length)}`],
  ['authorizations', (length) => `RMAN-03002: ${fill('authorization: basic ', length)}`],
  ['rules of tables', (length) => fill('-- ', length)],
  ['marks', (length) => `${fill('database ', length)}closed`],
  ['proxies', (length) => `channel c1: ${fill('prox', length)}`],
  ['codes', (length) => fill('RMAN-03009: ', length)],
  ['accents', (length) => `canal c1: ${fill('é', length)}`],
  ['question marks', (length) => `D${fill('?', length)}`],
  ['a table', (length) => `1 OK ${fill('0 ', length)}`],
  ['parentheses', (length) => fill('(DBID=1', length)],
  ['unique names', (length) => `RMAN configuration parameters ${fill('db_unique_name ', length)}`],
];

/** Processor time of this thread: what else runs on the machine does not count. */
function millisecondsOf(text: string): number {
  const before = process.threadCpuUsage();
  parseRmanLog(`Starting backup at 1\n${text}\nRMAN-00569: x\n${text}\n`);
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}

/** The least of so many: garbage is collected in some, and another process may have emptied the processor's caches. */
const mostTurns = 6;

describe('a line of a megabyte', () => {
  it.each(lines)('costs no more than its length: %s', (_, make) => {
    const [quarter, whole] = [make(MEGABYTE / 4), make(MEGABYTE)];
    millisecondsOf(make(10_000));
    const small = Math.min(millisecondsOf(quarter), millisecondsOf(quarter));
    // Four times the length: linear work takes about four times as long, quadratic work sixteen times. Noise needs room.
    const most = small * 10 + 50;

    let large = millisecondsOf(whole);
    for (let turn = 1; turn < mostTurns && large >= most; turn++)
      large = Math.min(large, millisecondsOf(whole));

    expect(large).toBeLessThan(most);
  });
});
