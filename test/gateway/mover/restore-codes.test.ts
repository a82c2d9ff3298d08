import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cannotWrite } from '../../../gateway/mover/restore/restore-layout.ts';
import { describeError, errorCodes } from '../../../shared/errors.ts';

const documentation = readFileSync(new URL('../../../docs/restore.md', import.meta.url), 'utf8');

describe('a failure of a restore has a code of its own', () => {
  // How each comes about: restore-damage.test.ts, pack-fetch.test.ts and restores/failures.test.ts.
  it.each([
    ['integrity: bytes are not what was stored', 'VAULT_OBJECT_DAMAGED'],
    ['a missing object', 'VAULT_OBJECT_MISSING'],
    ['size: an object is shorter or longer than what was stored', 'VAULT_OBJECT_WRONG_SIZE'],
    ['permission: the vault refuses what was signed', 'VAULT_ACCESS_DENIED'],
  ] as const)('%s', (_, code) => {
    expect(errorCodes).toContain(code);
    expect(describeError(code).hint).not.toBe('');
  });

  it.each([
    ['size: the disk is full', 'ENOSPC', 'RESTORE_NO_SPACE'],
    ['size: the quota is used up', 'EDQUOT', 'RESTORE_NO_SPACE'],
    ['permission: the gateway may not write there', 'EACCES', 'RESTORE_NOT_PERMITTED'],
    ['permission: the file system does not allow it', 'EPERM', 'RESTORE_NOT_PERMITTED'],
    ['permission: mounted read-only', 'EROFS', 'RESTORE_NOT_PERMITTED'],
    ['anything else of the disk', 'EIO', 'RESTORE_WRITE_FAILED'],
  ])('%s', (_, errno, code) => {
    const error = Object.assign(new Error(`${errno}: no`), { code: errno });

    expect(cannotWrite(Buffer.from('ORCL/piece'), error)).toMatchObject({
      code,
      message: expect.stringMatching(new RegExp(`^ORCL/piece: cannot be written \\(${errno}: no\\)`)),
    });
  });
});

it('every code of the service that begins with RESTORE_ or VAULT_OBJECT_ stands in the documentation of restores', () => {
  const states = ['RESTORE_NOT_FOUND', 'RESTORE_STATE_CONFLICT', 'RESTORE_FAILED', 'RESTORE_DAMAGED'];
  const codes = errorCodes.filter((code) => /^(RESTORE_|VAULT_OBJECT_|NO_SUITABLE)/.test(code));

  const missing = codes.filter((code) => !documentation.includes(`| ${code} |`) && !states.includes(code));

  expect(codes.length).toBeGreaterThan(8);
  expect(missing).toEqual([]);
});
