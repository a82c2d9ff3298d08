import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRmanLogParser, parseRmanLog } from '../../../shared/domain/rman/log-parser.ts';
import { readFixture } from './fixtures/parse-fixture.ts';

const text = readFixture('nightly-two-channels.log').toString();
const lines = text.split('\n');
const plain = parseRmanLog(text).map;

const wrapAt = (width: number): string =>
  lines.map((line) => line.replace(new RegExp(`(.{${width}})(?=.)`, 'g'), '$1\n')).join('\n');

/** Longer names, so that every kind of line with a name is cut somewhere. */
const longNames = (log: string): string =>
  log
    .replaceAll('/mnt/lager/', `/mnt/lager/${'sub-folder-of-the-night/'.repeat(3)}`)
    .replaceAll('+DATEN/', `+DATEN_${'X'.repeat(60)}/`);

describe('the layout of a log', () => {
  it.each([
    ['CRLF', (log: string) => log.replaceAll('\n', '\r\n')],
    ['lone CR', (log: string) => log.replaceAll('\n', '\r')],
    ['blank lines between', (log: string) => log.replaceAll('\n', '\n\n')],
    ['tabs for blanks', (log: string) => log.replace(/ (?=tag=|comment=|RECID=)/g, '\t')],
    ['tabs before equals signs', (log: string) => log.replace(/(?<= (?:tag|comment))(?==)/g, '\t')],
    ['indentation', (log: string) => log.replace(/^/gm, '\t    ')],
    ['trailing blanks', (log: string) => log.replace(/$/gm, '   ')],
    ['colours', (log: string) => log.replace(/^(.+)$/gm, '\u001b[1;32m$1\u001b[0m')],
    ['a byte order mark', (log: string) => `\ufeff${log}`],
    ['times before each line', (log: string) => log.replace(/^/gm, '2031-05-17 01:02:03,456 ')],
    [
      'a logger before each line',
      (log: string) => log.replace(/^/gm, '2031-05-17T01:02:03.456Z [main] INFO  oracle.backup - '),
    ],
    ['a level before each line', (log: string) => log.replace(/^/gm, 'INFO: ')],
    ['syslog before each line', (log: string) => log.replace(/^/gm, 'May 17 01:02:03 dbhost01 rman[4711]: ')],
    ['a bracket before each line', (log: string) => log.replace(/^/gm, '  [.....]: ')],
    ['compose before each line', (log: string) => log.replace(/^/gm, 'oracle_1  | ')],
  ])('does not change what it says: %s', (_, change) => {
    const changed = parseRmanLog(change(text)).map;

    expect({ ...changed, note: plain.note }).toEqual(plain);
  });

  it.each([80, 132])('does not change what it says: lines cut at column %i', (width) => {
    const long = longNames(text);
    const wrapped = longNames(text)
      .split('\n')
      .map((line) => line.replace(new RegExp(`(.{${width}})(?=.)`, 'g'), '$1\n'))
      .join('\n');

    expect(wrapped.split('\n').length).toBeGreaterThan(long.split('\n').length);
    expect(parseRmanLog(wrapped).map).toEqual(parseRmanLog(long).map);
    expect(parseRmanLog(wrapAt(width)).map).toEqual(plain);
  });

  it('may be cut between a tab and what stands behind it', () => {
    const parser = createRmanLogParser();
    for (const part of text.replaceAll(' tag=', ' tag\t=').split(/(?<=\t)/)) parser.push(part);

    expect(parser.end().map).toEqual(plain);
  });

  it.each([80, 132])('may be indented after its lines were cut at column %i', (width) => {
    const wrapped = longNames(text).replace(new RegExp(`^(.{${width}})(?=.)`, 'gm'), '$1\n');
    const indented = wrapped.replace(/^(?=.)/gm, '      ');

    expect({ ...parseRmanLog(indented).map, note: plain.note }).toEqual(parseRmanLog(longNames(text)).map);
  });

  it('may have the rest of a cut piece indented deeper', () => {
    const long = longNames(text);
    const cut = long.replace(/^(piece handle=.{67})(?=.)/gm, '$1\n        ');

    expect(cut).not.toBe(long);
    expect(parseRmanLog(cut).map).toEqual(parseRmanLog(long).map);
    const broken = text.replaceAll(' tag=', '\n        tag=');
    expect({ ...parseRmanLog(broken).map, note: plain.note }).toEqual(plain);
  });

  it('that begins with an indented line is not taken for an indented one', () => {
    const [head = '', ...rest] = wrapAt(80).split('\n');
    const log = [`        ${head}`, ...rest].join('\n');

    expect(parseRmanLog(log).map).toEqual(plain);
  });

  it.each([90, 100, 120])('may cut the line of a piece at column %i', (width) => {
    const long = longNames(text);
    const cut = long.replace(new RegExp(`^(piece handle=.{${width - 13}})(?=.)`, 'gm'), '$1\n');

    expect(cut.split('\n').length).toBeGreaterThan(long.split('\n').length);
    expect(parseRmanLog(cut).map).toEqual(parseRmanLog(long).map);
  });

  it('may break a line with a handle before its tag or its comment', () => {
    const broken = text.replaceAll(' tag=', '\ntag=').replaceAll(' comment=', '\n\ncomment=');

    expect({ ...parseRmanLog(broken).map, note: plain.note }).toEqual(plain);
  });

  it('may have numbers before each line, as msgno prints them', () => {
    const numbered = text.replace(/^(?!RMAN|\d+>|$)/gm, 'RMAN-08999: ');

    expect(parseRmanLog(numbered).map).toEqual(plain);
  });

  it('never makes a result of what somebody typed', () => {
    const typed = text.replace(/^(?=\S)/gm, 'RMAN> ');

    expect(parseRmanLog(typed).map).toMatchObject({
      backupSets: [],
      autobackups: [],
      deletions: [],
      databases: [],
    });
  });

  it('does not take a mark of omission for the rest of a line', () => {
    const head = `input datafile file number=00001 name=/data/${'x'.repeat(80 - 44)}`;
    const log = [
      'Starting backup at 1',
      'channel c: starting full datafile backup set',
      head,
      '---snipped---',
      'x',
    ];

    expect(head).toHaveLength(80);
    expect(parseRmanLog(log.join('\n')).map.status).toBe('truncated');
  });

  it('does not join lines once one was longer than any terminal', () => {
    const remark = `INFO: ${'x'.repeat(132 - 6)}`;
    const log = ['='.repeat(140), ...lines.flatMap((line) => [remark, `INFO: ${line}`])];

    expect(parseRmanLog(log.join('\n')).map.backupSets).toEqual(plain.backupSets);
  });

  it('of any kind gives a result', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.string({ unit: 'binary' }),
            fc.constantFrom(...lines),
            fc.constantFrom('\r', '\n', '\u001b[', '='),
          ),
        ),
        (parts) => {
          const parser = createRmanLogParser();
          for (const part of parts) parser.push(part);

          expect(parser.end().map.source).toBe('');
        },
      ),
      { numRuns: 300 },
    );
  });
});
