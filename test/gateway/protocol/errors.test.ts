import { describe, expect, test } from 'vitest';
import {
  type Demand,
  findObstacle,
  ownError,
  type Standing,
  type VendorErrorName,
  vendorError,
} from '../../../gateway/protocol/errors.ts';

const vendorErrors: readonly (readonly [VendorErrorName, number, string])[] = [
  ['STORE_DECOMMISSIONING', 4295622675, 'Store Decommission in progress.'],
  ['STORE_DECOMMISSIONED', 4295622676, 'Store was decommissioned.'],
  ['MOUNT_MISSING', 4295622665, 'Backup mount does not exist on Export Service.'],
  ['MOUNT_INCONSISTENT', 4295622669, 'Backup mount is inconsistent state on Export Service.'],
  ['MOUNT_MARKED_FOR_DELETE', 4295622667, 'Backup mount marked for delete on Export Service.'],
  ['EXPORT_FAILED', 4295622670, 'Failed to export path to NFS.'],
  ['BACKUP_NOT_STARTED', 4295622659, 'START_BACKUP cmd not received yet.'],
  ['MAX_PENDING_SNAPSHOTS', 4295622664, 'Backup mount exceeded max pending snapshots.'],
  ['RESTORE_MISSING', 4295622663, 'Restore Path is missing on Export Service.'],
];

test.each(vendorErrors)('%s has code %d and the message "%s"', (name, code, message) => {
  expect(vendorError(name)).toMatchObject({ code, message });
});

test('codes of our own lie outside the range of the vendor and are exact integers', () => {
  const names = [
    'REQUEST_MALFORMED',
    'LOG_TOO_LARGE',
    'LOG_PATH_REFUSED',
    'SNAPSHOT_FAILED',
    'RESTORE_STAGING',
    'CALL_UNKNOWN',
    'CLIENT_REFUSED',
    'INTERNAL',
  ] as const;

  const codes = names.map((name) => ownError(name, 'text').code);

  expect(new Set(codes).size).toBe(names.length);
  for (const code of codes) {
    expect(Number.isSafeInteger(code)).toBe(true);
    expect(code < 0x1000a0000 || code > 0x1000affff).toBe(true);
  }
});

describe('when several errors apply', () => {
  const everythingWrong: Standing = {
    store: 'decommissioning',
    mount: 'missing',
    isExportFailed: true,
    isReachedMaxSnapshots: true,
    isBackupStarted: false,
    takesLateLog: false,
  };
  /** Each step puts right what the step before named. */
  const steps: readonly (readonly [Partial<Standing>, VendorErrorName])[] = [
    [{}, 'STORE_DECOMMISSIONING'],
    [{ store: 'decommissioned' }, 'STORE_DECOMMISSIONED'],
    [{ store: 'active' }, 'MOUNT_MISSING'],
    [{ mount: 'marked-for-delete' }, 'MOUNT_MARKED_FOR_DELETE'],
    [{ mount: 'inconsistent' }, 'MOUNT_INCONSISTENT'],
  ];
  const namesFor = (demand: Demand, more: readonly Partial<Standing>[]) => {
    let standing = everythingWrong;
    return [...steps.map(([change]) => change), ...more].map((change) => {
      standing = { ...standing, ...change };
      return findObstacle(standing, demand);
    });
  };
  const common = steps.map(([, name]) => name);

  test('the store comes first, then the mount, then export and pending snapshots for a new backup', () => {
    const more = [{ mount: 'ready' }, { isExportFailed: false }, { isReachedMaxSnapshots: false }] as const;

    expect(namesFor('room-for-a-backup', more)).toEqual([
      ...common,
      'EXPORT_FAILED',
      'MAX_PENDING_SNAPSHOTS',
      undefined,
    ]);
  });

  test('a backup that was written is frozen even when no new one could start', () => {
    const more = [{ mount: 'ready' }, { isBackupStarted: true }] as const;

    expect(namesFor('a-started-backup', more)).toEqual([...common, 'BACKUP_NOT_STARTED', undefined]);
  });

  test('a log needs a backup that is started, or a snapshot that it can belong to', () => {
    for (const change of [{ isBackupStarted: true }, { takesLateLog: true }]) {
      const named = namesFor('a-place-for-a-log', [{ mount: 'ready' }, change]);

      expect(named).toEqual([...common, 'BACKUP_NOT_STARTED', undefined]);
    }
  });

  test('the status asks for a store and a mount only', () => {
    expect(namesFor('nothing', [{ mount: 'ready' }])).toEqual([...common, undefined]);
  });
});
