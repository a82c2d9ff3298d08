import type { AddCommand } from '../add-command.ts';
import type { ServiceClient } from '../service/client.ts';

export const addClean: AddCommand = (snapshot) => {
  snapshot
    .command('clean')
    .description(
      'let go what the policy of a mount keeps no longer: makes a plan, stores it and carries it out; a word for each recovery point',
    )
    .argument('<mount>', 'id or name of the mount, or STORE/MOUNT')
    .action(clean);
};

type Word = 'valid' | 'dropped' | 'has a clone' | 'DROP FAILED';

/** `<id> [<creation> UTC] <word>`. What is dropped can be brought back until its undo window ends. Exits with 1 when a drop failed. */
export async function clean(mount: string): Promise<void> {
  const { connectService } = await import('../service/client.ts');
  const { findMountId } = await import('../service/find-mount.ts');
  const { clonesOf, labelOf, pointsOf } = await import('./point-line.ts');
  const service = connectService();
  const mountId = await findMountId(service, mount);
  // As it is before: what a plan lets go is listed on until it is reclaimed.
  const points = await Array.fromAsync(pointsOf(service, mountId));
  const cloned = new Set((await clonesOf(service, mountId)).map(({ recoveryPointId }) => recoveryPointId));
  const { expired, left } = await carryOutPlan(service, mountId);
  for (const point of points) {
    const { recoveryPointId, state } = point;
    const why = left.get(recoveryPointId);
    let word: Word = state === 'available' ? 'valid' : 'dropped';
    if (expired.has(recoveryPointId)) word = why === undefined ? 'dropped' : 'DROP FAILED';
    else if (cloned.has(recoveryPointId) && !(await isWanted(service, recoveryPointId))) word = 'has a clone';
    process.stdout.write(`${labelOf(point)} ${word}\n`);
    if (why !== undefined) process.stderr.write(`holdfast: ${recoveryPointId} stays: ${why.join(' ')}\n`);
  }
  if (left.size > 0) process.exitCode = 1;
}

/** What the plan names, and what of it was left, with the reasons. */
async function carryOutPlan(service: ServiceClient, mountId: string) {
  const { sha256, stopped } = await service.call('makeRetentionPlan', { params: { mountId } });
  if (stopped) {
    throw new Error(
      `the plan is stopped, no more than ${stopped.allowed} recovery points may expire today: an admin consents to it with holdfast retention consent ${mountId} ${sha256}, then holdfast retention execute carries it out`,
    );
  }
  const params = { mountId, sha256 };
  const { expire } = await service.call('showRetentionPlan', { params });
  const expired = new Set<string>(expire.map(({ recoveryPointId }) => recoveryPointId));
  const left = new Map<string, readonly string[]>();
  for (let from: number | undefined = 0; from !== undefined; ) {
    const part: { left: { recoveryPointId: string; why: string[] }[]; next?: number | undefined } =
      await service.call('executeRetentionPlan', { params, body: { from } });
    for (const { recoveryPointId, why } of part.left) left.set(recoveryPointId, why);
    from = part.next;
  }
  return { expired, left };
}

/** Whether the policy itself keeps a point, clone or not. */
async function isWanted(service: ServiceClient, recoveryPointId: string): Promise<boolean> {
  const { reasons } = await service.call('explainRecoveryPoint', { params: { recoveryPointId } });
  const ofPolicy = ['NOT_DUE', 'LAST_OF_PERIOD', 'LOG_MISSING', 'FLOOR'];
  return reasons.some(({ code }) => ofPolicy.includes(code));
}
