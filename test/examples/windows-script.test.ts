import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { backupScript } from '../../local/fake-rman/oracle-host.ts';

/** There is no PowerShell to run it: what both scripts say is compared. */
const linux = readFileSync(backupScript, 'utf8');
const windows = readFileSync(backupScript.replace(/sh$/, 'ps1'), 'utf8');

const all = (text: string, pattern: RegExp): string[][] =>
  [...text.matchAll(pattern)].map(([, ...found]) => found);

test('both scripts make the same calls, for the same purpose, in the same order', () => {
  const calls = all(windows, /Invoke-Store '([^']+)' '([A-Z]+)' '(\/\w+)'/g);

  expect(calls).toEqual(all(linux, /^call '([^']+)' ([A-Z]+) (\/\w+)/gm));
  expect(calls.map(([, method, path]) => `${method} ${path}`)).toEqual([
    'GET /backup',
    'POST /backup',
    'POST /uploadlog',
    'PUT /backup',
  ]);
});

test('in both, RMAN runs after the backup is started, and its log is judged before it is sent', () => {
  const orders = [
    [linux, 'run_rman ||', 'RMAN-00569*', 'POST /uploadlog', 'PUT /backup'],
    [windows, 'Invoke-Rman $logFile', "Pattern 'RMAN-00569'", "'POST' '/uploadlog'", "'PUT' '/backup'"],
  ] as const;

  for (const [text, ...steps] of orders) {
    const main = text.slice(text.lastIndexOf('starting the backup'));
    const places = steps.map((step) => main.indexOf(step));
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  }
});

test('both give RMAN the same commands', () => {
  const commands = (text: string): string[] =>
    all(text, /"( {2,4}\w[^"]*;| {2}backup [^"]*)"/g)
      .flat()
      .map((line) =>
        line
          .replace(/\$(LOCAL_MOUNT|localMount)[/\\]/, 'MOUNT/')
          .replace(/\$\{tag:-[^}]+\}|\$(levelTag|copyTag)/, 'TAG')
          .replaceAll(/\$\{?(level|Level)\}?/g, 'LEVEL')
          .replace(/\$(KEEP_LOG_DAYS|keepLogDays)/, 'DAYS'),
      );

  expect(commands(windows)).toEqual(commands(linux));
  expect(commands(linux).length).toBeGreaterThan(8);
});

test('both have the same exit codes and refuse passwords on the command line', () => {
  const codes = (text: string) =>
    /Exit codes: (.*?)uses the mount/s.exec(text)?.[1]?.replaceAll(/[#\s]+/g, ' ');

  expect(codes(windows)).toBe(codes(linux));
  for (const text of [linux, windows]) expect(text).toContain('keep user and password in an Oracle wallet');
});

test('each names its own platform', () => {
  expect(linux).toContain("'platform=linux'");
  expect(windows).toContain("StringContent 'windows'), '\"platform\"'");
});

test('nothing in the Windows script is beyond Windows PowerShell 5.1', () => {
  // Null-coalescing, ternary, pipeline chains, -Form and ConvertFrom-Json -AsHashtable came later; no letters that
  // 5.1 would read in the code page of the host.
  expect(windows).not.toMatch(/\?\?|\s\?\s|&&|\|\||-Form\b|-AsHashtable/);
  expect(windows).toMatch(/^[\x20-\x7e\n]*$/);
});
