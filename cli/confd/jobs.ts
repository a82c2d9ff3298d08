import { findBackup } from '../backup/find-backup.ts';
import { findDatabaseId } from '../backup/find-database.ts';
import { sweepUnusable } from '../backup/sweep-unusable.ts';
import { rowsOf, type ServiceClient } from '../service/client.ts';
import { UsageError } from '../usage-error.ts';
import { findVolume } from '../volume/find-volume.ts';
import { readList, type Takes } from './parameters.ts';
import { restoreDatabase } from './restore-job.ts';
import {
  addBackupSchedule,
  modifyBackupSchedule,
  removeBackupSchedule,
  scheduleParameters,
} from './schedule-jobs.ts';
import { yamlLines } from './yaml.ts';

type Given = ReadonlyMap<string, string>;

interface Job extends Takes {
  /** Carries it out; answers the lines that it prints. */
  run(service: ServiceClient, given: Given): Promise<readonly string[]>;
}

const databaseOf = (service: ServiceClient, given: Given) =>
  findDatabaseId(service, given.get('db_name') ?? '');

const noLocalVolumes =
  'there are no local archive volumes: backups go to a remote volume, see remote_volume_list';

/** The jobs that scripts for ConfD call, by name. */
export const jobs: Readonly<Record<string, Job>> = {
  db_list: {
    async run(service) {
      const rows = await Array.fromAsync(rowsOf((query) => service.call('getDatabases', { query })));
      return yamlLines(rows.map(({ name }) => name));
    },
  },
  remote_volume_list: {
    async run(service) {
      const { items } = await service.call('listVolumes', {});
      return yamlLines(items.map(({ name }) => name));
    },
  },
  remote_volume_info: {
    may: ['remote_volume_name', 'remote_volume_id'],
    async run(service, given) {
      const text = given.get('remote_volume_id') ?? given.get('remote_volume_name');
      if (text === undefined)
        throw new UsageError('remote_volume_info needs the parameter remote_volume_name');
      const { id: vid, name } = await findVolume(service, text);
      return yamlLines({ name, type: 's3', vid });
    },
  },
  st_volume_list: { run: async () => yamlLines([]) },
  st_volume_info: {
    may: ['vname', 'vid'],
    run: () => Promise.reject(new Error(noLocalVolumes)),
  },
  db_backup_start: {
    needs: ['db_name', 'level'],
    may: ['backup_volume_id', 'backup_volume_name', 'expire'],
    async run(service, given) {
      const level = given.get('level') ?? '';
      if (!/^\d$/.test(level)) throw new UsageError(`level is a number from 0 to 9, not "${level}"`);
      const params = { databaseId: await databaseOf(service, given) };
      // Without an expire a backup never expires, as this job has always had it.
      const body = { ...volumeOf(given), level: Number(level), expire: given.get('expire') ?? 'never' };
      const { notes } = await service.call('startBackup', { params, body });
      return notes.map((note) => `# ${note}`);
    },
  },
  db_backup_list: {
    needs: ['db_name'],
    may: ['show_foreign'],
    async run(service, given) {
      if (/^true$/i.test(given.get('show_foreign') ?? '')) {
        throw new Error('show_foreign: backups of other databases are listed by their own names');
      }
      const params = { databaseId: await databaseOf(service, given) };
      const rows = await Array.fromAsync(rowsOf((query) => service.call('getBackups', { params, query })));
      return yamlLines(rows.map(({ recoveryPointId: _, ...row }) => row));
    },
  },
  db_backup_add_schedule: {
    needs: ['db_name', 'backup_name', 'level'],
    may: ['backup_volume_id', 'backup_volume_name', ...scheduleParameters],
    async run(service, given) {
      await requireVolume(service, given);
      await addBackupSchedule(service, given);
      return [];
    },
  },
  db_backup_modify_schedule: {
    needs: ['db_name', 'backup_name'],
    may: [...scheduleParameters],
    async run(service, given) {
      await modifyBackupSchedule(service, given);
      return [];
    },
  },
  db_backup_remove_schedule: {
    needs: ['db_name', 'backup_name'],
    async run(service, given) {
      await removeBackupSchedule(service, given);
      return [];
    },
  },
  db_backup_progress: {
    needs: ['db_name'],
    async run(service, given) {
      const params = { databaseId: await databaseOf(service, given) };
      const answer = await service.call('getBackupProgress', { params });
      const { Comment, Files, Level, Name, Progress, Type, 'Volume ID': volumeId } = answer;
      return yamlLines({ Comment, Files, Level, Name, Progress, Type, 'Volume ID': volumeId });
    },
  },
  db_backup_abort: {
    needs: ['db_name'],
    async run(service, given) {
      await service.call('abortBackup', { params: { databaseId: await databaseOf(service, given) } });
      return [];
    },
  },
  db_backup_change_expiration: {
    needs: ['backup_files', 'expire_time'],
    may: ['backup_volume_id', 'backup_volume_name'],
    async run(service, given) {
      const files = given.get('backup_files') ?? '';
      await requireVolume(service, given);
      const databaseId = await findDatabaseId(service, databaseIn(files) ?? '');
      const { recoveryPointId: backupId } = await findBackup(service, databaseId, files);
      const body = { expireTime: given.get('expire_time') ?? '' };
      await service.call('changeBackupExpiration', { params: { databaseId, backupId }, body });
      return [];
    },
  },
  db_backup_delete_unusable: {
    needs: ['db_name'],
    async run(service, given) {
      const { kept } = await sweepUnusable(service, await databaseOf(service, given));
      return kept.map(({ bid, why }) => `# ${bid} stays: ${why}`);
    },
  },
  db_restore: {
    needs: ['db_name', 'backup_id', 'restore_type'],
    async run(service, given) {
      const database = { databaseId: await databaseOf(service, given), name: given.get('db_name') ?? '' };
      const [backupId = '', type = ''] = [given.get('backup_id'), given.get('restore_type')];
      return restoreDatabase(service, database, { backupId, type });
    },
  },
  db_backups_delete: {
    needs: ['db_name', 'backup_list'],
    async run(service, given) {
      const own = await databaseOf(service, given);
      const ids = readList(given.get('backup_list') ?? '');
      if (ids.length === 0) throw new UsageError('backup_list names no backup');
      // All of them are found before the first is deleted.
      const found = [];
      for (const id of ids) {
        const named = databaseIn(id);
        const databaseId = named === undefined ? own : await findDatabaseId(service, named);
        found.push({ databaseId, backup: await findBackup(service, databaseId, id) });
      }
      for (const { databaseId, backup } of found) {
        await service.call('removeBackup', { params: { databaseId, backupId: backup.recoveryPointId } });
      }
      return [];
    },
  },
};

/** The database in a name such as `10001 LEDGER/id_7/level_0`; undefined for a mere number. */
const databaseIn = (name: string): string | undefined => /^(?:\d+ )?([^/]+)\//.exec(name)?.[1];

function volumeOf(given: Given) {
  const id = given.get('backup_volume_id');
  const name = given.get('backup_volume_name');
  if (id === undefined && name === undefined) {
    throw new UsageError('db_backup_start needs the parameter backup_volume_id or backup_volume_name');
  }
  if (id !== undefined && !/^\d{1,9}$/.test(id))
    throw new UsageError(`backup_volume_id is a number, not "${id}"`);
  return {
    ...(id !== undefined && { backupVolumeId: Number(id) }),
    ...(name !== undefined && { backupVolumeName: name }),
  };
}

async function requireVolume(service: ServiceClient, given: Given): Promise<void> {
  const text = given.get('backup_volume_id') ?? given.get('backup_volume_name');
  if (text !== undefined) await findVolume(service, text);
}
