import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { scnAtEndOf } from '../../../local/fake-rman/workload.ts';
import type { MountId, RestoreId } from '../../../shared/domain/ids.ts';
import { endStaging } from '../../../shared/usecases/restores/end-staging.ts';
import { handOverRestore } from '../../../shared/usecases/restores/hand-over-restore.ts';
import { runHere } from '../../cli/run-here.ts';
import { serveApi } from '../../cli/served-api.ts';
import { logFields } from '../../gateway/support/calls.ts';
import { ServedStore } from '../../gateway/support/served-store.ts';
import { waitUntil } from '../../gateway/support/wait-until.ts';
import { listPoints } from '../../support/uploading.ts';
import { type Backup, backUpNights, findDifference, type Host } from './nights.ts';
import { runScripts } from './restore-site.ts';
import { makeFolder } from './run-rman.ts';

const token = 'key-01J00000000000000000000000.secret';

/** A gateway with one mount, the service, and an Oracle host that backs up to the mount. */
async function arrange() {
  const root = await makeFolder();
  const store = await ServedStore.start();
  const mountId = (await store.addReadyMount()) as MountId;
  const { service } = store.served;
  const mount = join(store.mountsDirectory, 'orcl');
  const live = join(mount, 'oracle_data');
  const host: Host = { database: join(root, 'database'), datafiles: join(root, 'oradata') };
  const api = await serveApi(service, token, { credentialId: 'key-viewer', role: 'viewer' });
  onTestFinished(() => void api.close());
  let nights = 0;

  /** What the DBA's script does: RMAN, its log, and the snapshot. */
  const backUp = async (backups: readonly Backup[]): Promise<void> => {
    const calls = store.calls();
    await waitUntil('the mount takes a backup', async () => (await calls.start()).error_code === 0);
    const [log = ''] = await backUpNights(host, live, [backups], {}, nights);
    const [file, , platform] = logFields(log);
    if (file === undefined || platform === undefined) throw new Error('the log has other fields');
    expect(await calls.uploadLog([file, ['mountpoint', live], platform])).toMatchObject({ error_code: 0 });
    expect(await calls.finish()).toMatchObject({ error_code: 0 });
    nights += 1;
    await waitUntil(
      'the point is there',
      async () => (await listPoints(service, mountId)).items.length === nights,
    );
  };

  /** The whole newest point, as its gateway stages it; answers the folder. */
  const stage = async (recoveryPointId: string): Promise<string> => {
    const ordered = await store.served.ask('createRestore', { recoveryPointId }, {});
    const restoreId = ordered.restoreId as RestoreId;
    service.workflows.addTask(restoreId);
    await handOverRestore(service, { restoreId, taskToken: restoreId });
    const ends = () =>
      service.workflows.calls.filter((call) => call.kind === 'succeed' && call.taskToken === restoreId);
    await waitUntil('the restore is done', () => ends().length === 1);
    const [end] = ends();
    if (end?.kind === 'succeed') await endStaging(service, { restoreId, end: end.output as never });
    return join(mount, 'restores', String(ordered.jobId));
  };

  const script = async (point: string, folder: string, ...options: readonly string[]) => {
    const output = await makeFolder();
    const args = [
      'restore',
      'script',
      point,
      '--database',
      'DEMO',
      '--staged-at',
      folder,
      '--output',
      join(output, 'x'),
    ];
    const { code, stdout, stderr } = await runHere([...args, ...options], {
      environment: { HOLDFAST_URL: api.url, HOLDFAST_TOKEN: token },
    });
    expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' });
    return readFileSync(join(output, 'x', 'restore.rman'), 'utf8');
  };

  const newest = async (): Promise<string> => {
    const { items } = await listPoints(service, mountId);
    const [last] = [...items].sort((one, other) => other.seq - one.seq);
    return last?.recoveryPointId ?? '';
  };
  const emptyHost = (): Host & { settings: Record<string, string> } => {
    mkdirSync(host.datafiles, { recursive: true });
    const database = join(root, `host ${readdirSync(root).length}`);
    return { ...host, database, settings: { FAKE_RMAN_INSTANCE: 'down' } };
  };
  const digests = () =>
    readdirSync(live)
      .sort()
      .map(
        (name) =>
          `${name} ${createHash('sha256')
            .update(readFileSync(join(live, name)))
            .digest('hex')}`,
      );
  return { host, live, backUp, stage, script, newest, emptyHost, digests };
}

test.each([
  ['backup sets', 'sets', [['level 0'], ['level 1'], ['level 1 cumulative']]],
  ['image copies', 'copies', [['copies'], ['copies'], ['copies']]],
] as const)(
  'days of %s, uploaded by a gateway, staged back and restored by the script: the database is what it was (S46, D5, D6)',
  async (_, kind, nights) => {
    const site = await arrange();
    for (const backups of nights) await site.backUp(backups);
    const point = await site.newest();
    // The live area goes on: what the point has is only in the vault.
    await site.backUp(nights[0]);
    const live = site.digests();

    const staged = await site.stage(point);
    const text = await site.script(point, staged, '--kind', kind);
    const host = site.emptyHost();
    const run = await runScripts(host, [text]);

    expect(run.exitCode, run.output).toBe(0);
    expect(await findDifference(host.database, site.host.database, scnAtEndOf(3))).toBeUndefined();
    expect(site.digests()).toEqual(live);
  },
);
