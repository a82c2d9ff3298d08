import { appendFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { FunctionLogs, listLoggedFunctions } from '../../../local/bare/function-logs.ts';
import { logFolderOf } from '../../../local/bare/local-folder.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-logs-'));
  mkdirSync(logFolderOf(folder), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

const fileOf = (name: string): string => join(logFolderOf(folder), `${name}.log`);
const timeAt = (second: number): string => `2026-11-21T08:00:${String(second).padStart(2, '0')}.000Z`;
const write = (name: string, second: number, text: string): void =>
  appendFileSync(fileOf(name), `${timeAt(second)} ${text}`);
/** As the log of a function is rotated. */
const rotate = (name: string): void => renameSync(fileOf(name), `${fileOf(name)}.1`);
const messages = (logs: FunctionLogs): readonly string[] => logs.readNew().map(({ message }) => message);

const openLogs = (...args: ConstructorParameters<typeof FunctionLogs>): FunctionLogs => {
  const logs = new FunctionLogs(...args);
  onTestFinished(() => logs.close());
  return logs;
};

describe('the logs of a data folder', () => {
  it('come in the order of time, whichever function wrote them', () => {
    write('b', 1, 'one\n');
    write('a', 2, 'two\n');
    write('b', 3, 'three\n');

    expect(openLogs(folder).readNew()).toEqual([
      { time: timeAt(1), functionName: 'b', message: 'one' },
      { time: timeAt(2), functionName: 'a', message: 'two' },
      { time: timeAt(3), functionName: 'b', message: 'three' },
    ]);
    expect(messages(openLogs(folder, 'a'))).toEqual(['two']);
    expect(listLoggedFunctions(folder)).toEqual(['a', 'b']);
  });

  it('go on where the last look ended, with functions that are new and only whole lines', () => {
    write('a', 1, 'first\n');
    const logs = openLogs(folder);
    const looks = [messages(logs), messages(logs)];
    write('a', 2, 'begun ');
    write('b', 3, 'new\n');
    looks.push(messages(logs));
    appendFileSync(fileOf('a'), 'and ended: ü\n');
    looks.push(messages(logs));

    expect(looks).toEqual([['first'], [], ['new'], ['begun and ended: ü']]);
  });

  it('miss and repeat nothing when they are rotated', () => {
    write('a', 1, 'old\n');
    rotate('a');
    write('a', 2, 'current\n');
    const logs = openLogs(folder, 'a');
    const looks = [messages(logs)];
    write('a', 3, 'before the next rotation\n');
    rotate('a');
    looks.push(messages(logs));
    write('a', 4, 'after it\n');
    looks.push(messages(logs));
    for (const second of [5, 6]) {
      rotate('a');
      write('a', second, `round ${second}\n`);
    }
    looks.push(messages(logs));

    expect(looks).toEqual([
      ['old', 'current'],
      ['before the next rotation'],
      ['after it'],
      ['round 5', 'round 6'],
    ]);
  });

  it('show a line without a time beside the one before it', () => {
    write('a', 1, 'cut by a ro');
    rotate('a');
    writeFileSync(fileOf('a'), `tation\n${timeAt(2)} next\n`);

    expect(openLogs(folder).readNew()).toEqual([
      { time: timeAt(1), functionName: 'a', message: 'cut by a ro' },
      { time: timeAt(1), functionName: 'a', message: 'tation' },
      { time: timeAt(2), functionName: 'a', message: 'next' },
    ]);
  });
});
