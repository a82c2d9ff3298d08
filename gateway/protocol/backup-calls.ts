import { basename } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { toInstant } from '../../shared/domain/instant.ts';
import type { Backups } from '../backups/backups.ts';
import { openLogInMount } from '../backups/log-in-mount.ts';
import type { LogSpool, SpooledLog } from '../backups/log-spool.ts';
import type { Mount } from '../mounts/mounts.ts';
import type { Clock } from '../ports/clock.ts';
import { success } from './answer.ts';
import { type LogForm, readLogForm } from './log-form.ts';

export interface BackupCalls {
  readonly backups: Backups;
  readonly spool: LogSpool;
  readonly clock: Clock;
  /** A mount's oracle_data as clients see it. */
  readonly mountPathOf: (mount: Mount) => string;
}

/** NFS options that clients mount with: tenths of a second until a request is repeated, and how often it is. */
const mountParams = { timeo: 1200, retrans: 5 };

type OfMount = { Params: { mount: string } };

export function addBackupCalls(
  app: FastifyInstance,
  { backups, spool, clock, mountPathOf }: BackupCalls,
): void {
  app.get<OfMount>('/mounts/:mount/backup', async ({ params: { mount } }) => {
    const isReached = backups.isReachedMaxSnapshots(await backups.require(mount, 'nothing'));
    return success({ mount_name: mount, is_reached_max_snapshots: isReached });
  });

  app.post<OfMount>('/mounts/:mount/backup', async ({ params: { mount } }) => {
    const started = await backups.start(mount);
    return success({ mount_path: mountPathOf(started), mount_name: mount, mount_params: mountParams });
  });

  app.post<OfMount>('/mounts/:mount/uploadlog', async (request) => {
    const { mount } = request.params;
    const started = await backups.require(mount, 'a-place-for-a-log');
    const form = await readLogForm(request, spool);
    const { mountpoint, platform } = form;
    const { content, fileName } = await takeLog(form, started);
    await backups.addLog(mount, content, { fileName, mountpoint, platform }).catch(async (error: unknown) => {
      await spool.remove(content.logId);
      throw error;
    });
    return success({ mount_name: mount });
  });

  app.put<OfMount>('/mounts/:mount/backup', async ({ params: { mount } }) => {
    const { snapName } = await backups.finish(mount, toInstant(clock()));
    return success({ snap_name: snapName, mount_name: mount });
  });

  async function takeLog(form: LogForm, mount: Mount): Promise<{ content: SpooledLog; fileName: string }> {
    const { file } = form;
    if ('content' in file) return { content: file.content, fileName: file.name };
    const folder = { oracleData: mount.folders.oracleData, mountPath: mountPathOf(mount) };
    const handle = await openLogInMount({ ...form, path: file.path }, folder);
    return { content: await spool.receive(handle.createReadStream()), fileName: basename(file.path) };
  }
}
