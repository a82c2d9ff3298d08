import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runHere } from './run-here.ts';

const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

describe('the command line', () => {
  it('says what it is and what it can do', async () => {
    const version = await runHere(['--version']);
    const help = await runHere(['--help']);
    const groupHelp = await runHere(['local', 'up', '--help']);

    expect(version).toEqual({ code: 0, stdout: `${manifest.version}\n`, stderr: '' });
    expect(help).toMatchObject({ code: 0, stderr: '' });
    expect(help.stdout).toMatch(/^Usage: holdfast /);
    expect(help.stdout).toMatch(/^ {2}local /m);
    expect(groupHelp.code).toBe(0);
    expect(groupHelp.stdout).toMatch(/--data <folder>.*HOLDFAST_LOCAL_DATA/s);
  });

  it.each([
    [[], 'Usage: holdfast'],
    [['local'], 'Usage: holdfast local'],
    [['lokal'], '(Did you mean local?)'],
    [['local', 'stat'], "unknown command 'stat'"],
    [['local', 'up', '--prot-base', '1'], '(Did you mean --port-base?)'],
    [['local', 'up', '--port-base', '65536'], 'A port is a number from 1 to 65535'],
    [['local', 'up', 'now'], 'too many arguments'],
    [['local', 'logs', '--since', 'yesterday'], 'Give an age (90s, 10m, 2h, 1d) or a time in UTC'],
    [['local', 'logs', '--since', '2026-02-30T99:00Z'], 'Give an age'],
    [['backup', 'start', 'LEDGER', '--level', 'full', '--expire', '1w'], '--level is a number from 0 to 9'],
    [['request', 'start', 'sales', '--database', 'LEDGER', '--level', '1', '--incremental'], 'leave --level'],
    [['hold', 'add', '--reason', 'audit'], 'exactly one of --point, --mount and --db'],
  ])('refuses %j with code 2 and a hint', async (args, hint) => {
    const { code, stdout, stderr } = await runHere(args);

    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(hint);
  });

  it('says in one line what failed and what to do, with code 1', async () => {
    const { code, stdout, stderr } = await runHere(['local', 'up', '--data', import.meta.dirname]);

    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^holdfast: \S+ holds other things than the local AWS: give a data folder .*\n$/);
  });
});
