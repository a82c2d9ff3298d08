import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ownError, vendorError } from '../../../gateway/protocol/errors.ts';
import { Calls } from '../support/calls.ts';
import { TestStore } from '../support/test-store.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/gateway.md'), 'utf8');

test('the documented mount has the options that the answer to POST gives', async () => {
  const store = await TestStore.make();
  const { url } = await store.start();

  const { mount_params } = (await new Calls(url).start()).result;

  const [line = ''] = /^store:.* nfs .*$/m.exec(page) ?? [];
  const [, timeo, retrans] = /timeo=(\d+),retrans=(\d+)/.exec(line) ?? [];
  expect({ timeo: Number(timeo), retrans: Number(retrans) }).toEqual(mount_params);
  for (const option of ['rw', 'bg', 'hard', 'tcp', 'vers=3', 'rsize=32768', 'wsize=32768', 'actimeo=0']) {
    expect(line, option).toMatch(new RegExp(`[ ,]${option}[ ,]`));
  }
});

test('the page says what Oracle wants of a mount, with and without Direct NFS, and what bounds the loss', () => {
  for (const word of ['ORA-27054', 'Direct NFS', '`soft` in its place', 'ARCHIVE_LAG_TARGET']) {
    expect(page, word).toContain(word);
  }
});

test('every error has a row with its code, its text, a cause and what to do', () => {
  const errors = [
    ...(
      [
        'STORE_DECOMMISSIONING',
        'STORE_DECOMMISSIONED',
        'MOUNT_MISSING',
        'MOUNT_MARKED_FOR_DELETE',
        'MOUNT_INCONSISTENT',
        'EXPORT_FAILED',
        'MAX_PENDING_SNAPSHOTS',
        'BACKUP_NOT_STARTED',
        'RESTORE_MISSING',
      ] as const
    ).map(vendorError),
    ...(
      [
        'REQUEST_MALFORMED',
        'LOG_TOO_LARGE',
        'LOG_PATH_REFUSED',
        'SNAPSHOT_FAILED',
        'RESTORE_STAGING',
      ] as const
    ).map((name) => ownError(name, '')),
    ...(['CALL_UNKNOWN', 'CLIENT_REFUSED', 'INTERNAL', 'SPACE_LOW'] as const).map((name) =>
      ownError(name, ''),
    ),
  ];

  for (const { code, message } of errors) {
    const cells = new RegExp(`^\\| ${code} \\|(.*)\\|$`, 'm')
      .exec(page)?.[1]
      ?.split('|')
      .map((cell) => cell.trim());
    expect(cells, String(code)).toHaveLength(3);
    expect(
      cells?.every((cell) => cell !== ''),
      String(code),
    ).toBe(true);
    if (message) expect(cells?.[0]).toBe(message);
  }
});
