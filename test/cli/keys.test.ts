import { chmod, chown, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, test, vi } from 'vitest';
import { loadConfig } from '../../gateway/config.ts';
import { checkEncryption } from '../../gateway/doctor/encryption.ts';
import { makeTemporaryFolder } from '../gateway/support/temporary-folder.ts';
import { runHere } from './run-here.ts';

const make = async () => {
  const folder = await makeTemporaryFolder();
  const file = join(folder, 'main.key');
  const made = await runHere(['key', 'create', file]);
  const { keyId, secret } = JSON.parse(await readFile(file, 'utf8')) as { keyId: string; secret: string };
  return { folder, file, made, keyId, secret };
};

/** The command with something to read. */
async function typed(text: string, args: readonly string[]) {
  const stdin = vi
    .spyOn(process, 'stdin', 'get')
    .mockReturnValue(Readable.from([Buffer.from(text)]) as never);
  try {
    return await runHere(args);
  } finally {
    stdin.mockRestore();
  }
}

describe('holdfast key', () => {
  test('makes a key for its owner only, says that losing it is final, and shows its name and nothing more', async () => {
    const { file, made, keyId, secret } = await make();

    const shown = await runHere(['key', 'show', file]);
    const again = await runHere(['key', 'create', file]);

    expect(made).toMatchObject({
      code: 0,
      stdout: `${keyId} is in ${file}\n`,
      stderr: expect.stringMatching(/^Losing this key is final/),
    });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(shown).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(new RegExp(`^${keyId}, made \\d{4}-`)),
    });
    expect(again).toMatchObject({
      code: 1,
      stderr: `holdfast: ${file} exists already: a key is never overwritten, choose another name\n`,
    });
    const hex = Buffer.from(secret, 'base64').toString('hex');
    for (const { stdout, stderr } of [made, shown, again]) {
      expect(stdout + stderr).not.toContain(secret);
      expect(stdout + stderr).not.toContain(hex);
    }
  });

  test('prints a kit from which the key is made again, though it is typed with other blanks and cases', async () => {
    const { folder, file, keyId, secret } = await make();
    const kit = (await runHere(['key', 'kit', file])).stdout;
    const rows = kit.split('\n').filter((line) => /^ {2}\d\. /.test(line));
    const copy = join(folder, 'copy.key');

    const whole = await typed(kit, ['key', 'import', copy]);
    const rough = rows.map((row) => row.toUpperCase().replaceAll(' ', '').replace('.', '. ')).join('\n');
    const bare = await typed(rough, ['key', 'import', join(folder, 'typed.key')]);

    expect(rows).toHaveLength(4);
    expect(kit).toMatch(/Losing it is final/);
    expect(whole).toMatchObject({ code: 0, stdout: `${keyId} is in ${copy}\n` });
    expect(JSON.parse(await readFile(copy, 'utf8'))).toEqual(JSON.parse(await readFile(file, 'utf8')));
    expect(bare.code).toBe(0);
    expect(JSON.parse(await readFile(join(folder, 'typed.key'), 'utf8'))).toMatchObject({ keyId, secret });
  });

  test('names the row of a kit that is mistyped or missing, and writes nothing', async () => {
    const { folder, file } = await make();
    const other = join(folder, 'other.key');
    await runHere(['key', 'create', other]);
    const [kit, otherKit] = [
      (await runHere(['key', 'kit', file])).stdout,
      (await runHere(['key', 'kit', other])).stdout,
    ];
    const rowOf = (text: string, row: number) =>
      text.split('\n').find((line) => line.startsWith(`  ${row}. `)) ?? '';
    const slip = rowOf(kit, 3).replace(/[0-9a-f](?= )/, (digit) => (digit === '0' ? '1' : '0'));
    const target = join(folder, 'new.key');
    const refusal = async (text: string) => (await typed(text, ['key', 'import', target])).stderr;

    expect(await refusal(kit.replace(rowOf(kit, 3), slip))).toContain(
      'row 3 of the kit is not as it was printed',
    );
    expect(await refusal(kit.replace(rowOf(kit, 2), ''))).toContain('row 2 of the kit is missing');
    expect(await refusal(kit.replace(rowOf(kit, 4), rowOf(otherKit, 4)))).toContain(
      'rows of two kits are mixed',
    );
    expect(await refusal('')).toContain('row 1 of the kit is missing');
    await expect(stat(target)).rejects.toThrow('ENOENT');
  });

  test('refuses a key file that others may use or own, and one that was changed, without quoting it', async () => {
    const { file, secret } = await make();
    const why = async () => (await runHere(['key', 'show', file])).stderr;

    await chmod(file, 0o640);
    expect(await why()).toBe(`holdfast: ${file} may be used by others (mode 640): run chmod 600 ${file}\n`);
    await chmod(file, 0o600);
    if (process.getuid?.() === 0) {
      await chown(file, 12_345, 0);
      expect(await why()).toContain('belongs to user 12345, this is user 0');
      await chown(file, 0, 0);
    }
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace(secret.slice(0, 8), 'AAAAAAAA'));
    expect(await why()).toContain('is not a key file, or was changed');
    await writeFile(file, text.slice(0, -9));
    expect(await why()).not.toContain(secret.slice(8, 20));
    expect(await why()).toContain('is not a key file, or was changed');
  });

  test('and the doctor agree on which keys of a configuration can be used', async () => {
    const { folder, file, keyId } = await make();
    const config = join(folder, 'gateway.json');
    const keys = {
      main: { kind: 'file', file },
      gone: { kind: 'file', file: join(folder, 'gone.key') },
      kms: { kind: 'command', keyId: 'arn:x', command: ['/bin/kms'] },
    };
    const write = (encryption: object, mountsDirectory = '/Phoenix') =>
      writeFile(
        config,
        JSON.stringify({
          dataDirectory: folder,
          mountsDirectory,
          service: { url: 'http://localhost' },
          encryption,
        }),
      );

    await write({ keys, mounts: { '*': 'main', erp: 'gone' } });
    const findings = await checkEncryption(await loadConfig(config));
    expect(findings.map(({ check, status }) => `${check} ${status}`)).toEqual([
      'encryption.keys.main ok',
      'encryption.keys.gone fail',
      'encryption.keys.kms ok',
    ]);
    expect(findings[0]?.reason).toBe(`is ${keyId}`);
    await write({ keys: { unencrypted: keys.main, 'a b': keys.main }, mounts: { erp: 'nokey' } });
    const { stdout } = await runHere(['gateway', 'check-config', config]);
    expect(stdout).toContain(
      'encryption.mounts.erp: names the key "nokey", which encryption.keys does not have',
    );
    expect(stdout).toContain('encryption.keys.unencrypted: is a word of its own');
    expect(stdout).toContain('encryption.keys.a b: must be a name of letters');
    await write({ keys: { main: { kind: 'file', file: '/Phoenix/erp/main.key' } } });
    expect((await runHere(['gateway', 'check-config', config])).stdout).toContain(
      'encryption.keys.main.file: must not lie in mountsDirectory: mounts are exported, the key must not be',
    );
    const unactivated = await runHere(['key', 'check', '--config', config]);
    expect(unactivated.code).toBe(1);
  });
});
