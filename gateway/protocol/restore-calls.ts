import type { FastifyInstance } from 'fastify';
import type { Backups } from '../backups/backups.ts';
import type { StagedRestores } from '../restores/staged-restores.ts';
import { success } from './answer.ts';
import { vendorError } from './errors.ts';

export interface RestoreCalls {
  readonly backups: Backups;
  readonly restores: StagedRestores;
}

export function addRestoreCalls(app: FastifyInstance, { backups, restores }: RestoreCalls): void {
  app.delete<{ Params: { mount: string; jobId: string } }>(
    '/mounts/:mount/restores/:jobId',
    async ({ params }) => {
      const mount = await backups.require(params.mount, 'nothing');
      // Anything but a job's number names no restore; above all it must never become a path.
      if (!/^[1-9]\d{0,14}$/.test(params.jobId)) throw vendorError('RESTORE_MISSING');
      const jobId = Number(params.jobId);
      await restores.remove(mount, jobId);
      return success({ mount_name: params.mount, jobid: jobId });
    },
  );
}
