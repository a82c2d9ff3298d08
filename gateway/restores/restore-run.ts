import type * as z from 'zod';
import type { restoreResultRequest } from '../../shared/contracts/restores.ts';
import { hasCode, ServiceError } from '../../shared/errors.ts';
import type { DataKeys } from '../encryption/data-keys.ts';
import type { Encryption } from '../encryption/encryption.ts';
import type { Journal } from '../journal/journal.ts';
import type { FoundDamage, RestoreRecord } from '../journal/restore-records.ts';
import type { Mount } from '../mounts/mounts.ts';
import { MoverError } from '../mover/errors.ts';
import type { MoverProgress } from '../mover/ports.ts';
import type { FindKeys } from '../mover/restore/fetch-manifest.ts';
import type { DamageReport } from '../mover/restore/restore-damage.ts';
import type { Log } from '../ports/log.ts';
import { type Pacing, repeatUntilDone } from '../retry.ts';
import type { Semaphore } from '../semaphore.ts';
import { reasonWithin } from '../service/reason.ts';
import type { ServiceClient } from '../service/service-client.ts';
import type { KeptSnapshots } from '../snapshots/kept-snapshots.ts';
import { RestoreSource } from '../vault/restore-source.ts';
import type { VaultAccess } from '../vault/vault-request.ts';
import { cloneInPlace, removeUnfinished } from './clone-in-place.ts';
import { leaveComplete } from './leave.ts';
import { hasOrderEnded, ProgressReports } from './progress-reports.ts';
import { publish, stage } from './staging.ts';

export interface RestoreRunDependencies {
  readonly journal: Journal;
  readonly service: ServiceClient;
  readonly vault: VaultAccess;
  readonly encryption: Pick<Encryption, 'forRestore'>;
  readonly dataKeys: Pick<DataKeys, 'list'>;
  readonly kept: KeptSnapshots;
  /** Restores that are carried out at once. */
  readonly staging: Semaphore;
  readonly pacing: Pacing;
  readonly reportMillis: number;
  readonly log: Log;
}

/**
 * Each holds two packs of 32 MiB and its own open files, and asks for URLs of its own: 45 at once have exhausted a
 * service of ten Lambdas. More than one, for a small restore shall not wait for days behind a large one.
 */
export const restoresAtOnce = 3;

type Result = z.input<typeof restoreResultRequest>;

/**
 * Carries out one order: stages the recovery point, reporting all the while, then tells the service how it ended. Every
 * step can be repeated. Ends early, leaving what is staged, when the signal is aborted or the service says that the
 * order does not stand any more; the next poll tells which of the two it was.
 */
export async function runRestore(
  deps: RestoreRunDependencies,
  mount: Mount,
  restore: RestoreRecord,
  signal: AbortSignal,
): Promise<void> {
  const { journal, log } = deps;
  const about = {
    mount: mount.name,
    restoreId: restore.restoreId,
    jobId: restore.jobId,
    fence: restore.fence,
  };
  if (restore.state === 'staging') {
    log.info(about, 'staging restore');
    await stageToEnd(deps, mount, restore, signal);
  }
  const ended = journal.restores.find(restore.restoreId);
  if (!ended || ended.state === 'staging') return;
  if (ended.state === 'completed') await publish(mount, ended);
  else await removeUnfinished(deps, mount, ended);
  await reportResult(deps, mount, ended, signal);
  log.info({ ...about, state: ended.state, code: ended.code, reason: ended.reason }, 'restore ended');
}

/** The journal knows the end when this resolves, unless the run was broken off. */
async function stageToEnd(
  deps: RestoreRunDependencies,
  mount: Mount,
  restore: RestoreRecord,
  signal: AbortSignal,
): Promise<void> {
  const { journal, log } = deps;
  if (await madeInPlace(deps, mount, restore)) return;
  const orderEnded = new AbortController();
  const transferSignal = AbortSignal.any([signal, orderEnded.signal]);
  const isQueued = deps.staging.isFull;
  if (isQueued) log.info({ jobId: restore.jobId }, 'restore waits until others are done');
  const progress = new ProgressReports(deps, { restore, isQueued }, transferSignal, () => orderEnded.abort());
  try {
    const source = new RestoreSource(deps, restore, transferSignal);
    const onProgress = (current: MoverProgress) => progress.update(current);
    const findKeys = findKeysOf(deps, mount, restore, transferSignal);
    const transfer = { source, findKeys, onProgress, signal: transferSignal };
    const restored = await deps.staging.run(() => {
      progress.begin();
      return stage(mount, restore, transfer);
    }, transferSignal);
    const damage = restored.damage && describeDamage(restored.damage);
    journal.restores.markCompleted(restore.restoreId, { ...restored, damage });
    if (damage)
      log.error({ jobId: restore.jobId, damage }, 'files are left out: the vault lacks what they need');
    if (restored.ownersNotSet > 0) {
      log.warn(
        { jobId: restore.jobId, ownersNotSet: restored.ownersNotSet },
        'owners of files could not be set',
      );
    }
  } catch (error) {
    if (transferSignal.aborted || hasOrderEnded(error)) return;
    if (hasCode(error, 'VAULT_OBJECT_FROZEN')) return await tellFrozen(deps, restore, error, signal);
    noteFailure(deps, restore, error);
  } finally {
    await progress.end();
  }
}

/** No end: what is staged stays, and the order comes again, with another fence, when all that it needs can be read. */
async function tellFrozen(
  { service, log }: RestoreRunDependencies,
  { restoreId, jobId, fence }: RestoreRecord,
  { message, details }: ServiceError,
  signal: AbortSignal,
): Promise<void> {
  log.warn({ jobId, reason: message }, 'restore waits: what it needs is frozen');
  const body = { outcome: 'frozen', fence, object: String(details?.object) } as const;
  await service
    .call('reportRestoreResult', { params: { restoreId }, body }, signal)
    .catch((error: unknown) => {
      if (!hasOrderEnded(error)) throw error;
    });
}

/** Whether the journal knows its end, without a byte from the vault: it waits for no other restore. */
async function madeInPlace(
  deps: RestoreRunDependencies,
  mount: Mount,
  restore: RestoreRecord,
): Promise<boolean> {
  try {
    const made = await cloneInPlace(deps, mount, restore);
    if (made) deps.journal.restores.markCompleted(restore.restoreId, made);
    return made !== undefined;
  } catch (error) {
    noteFailure(deps, restore, error);
    return true;
  }
}

function noteFailure(
  { journal, log }: RestoreRunDependencies,
  { restoreId, jobId }: RestoreRecord,
  error: unknown,
): void {
  const code = error instanceof ServiceError || error instanceof MoverError ? error.code : 'RESTORE_FAILED';
  const reason = error instanceof Error ? error.message : String(error);
  log.error({ jobId, err: error }, 'restore failed');
  journal.restores.markFailed(restoreId, { code, reason: reasonWithin(1000, reason) });
}

/** With the keys of the mount that the point is of, which may be another store's. */
function findKeysOf(
  { encryption, dataKeys, pacing, log }: RestoreRunDependencies,
  mount: Mount,
  { sourceMountId, restoreId }: RestoreRecord,
  signal: AbortSignal,
): FindKeys {
  const isOwn = sourceMountId === null || sourceMountId === mount.mountId;
  const source = isOwn ? mount : { mountId: sourceMountId, name: sourceMountId };
  return encryption.forRestore(source, (mountId) =>
    repeatUntilDone(
      pacing,
      signal,
      () => dataKeys.list(mountId, signal),
      (error) => {
        if (error instanceof ServiceError && error.retry === 'permanent') throw error;
        log.warn({ restoreId, err: error }, 'data keys not read, trying again');
      },
    ),
  );
}

async function reportResult(
  deps: RestoreRunDependencies,
  mount: Mount,
  restore: RestoreRecord,
  signal: AbortSignal,
): Promise<void> {
  const { service, journal, pacing, log } = deps;
  const { restoreId } = restore;
  const input = { params: { restoreId }, body: resultOf(restore) };
  await repeatUntilDone(
    pacing,
    signal,
    () => service.call('reportRestoreResult', input, signal),
    (error) => {
      if (error instanceof ServiceError && error.retry === 'permanent') throw error;
      log.warn({ restoreId, err: error }, 'result not reported, trying again');
    },
  ).catch(async (error: unknown) => {
    // The service ended the restore on its own, or got our report before: there is nobody left to tell.
    if (!hasOrderEnded(error)) throw error;
    if (restore.state === 'completed') await leaveComplete(deps, mount, restore);
    log.warn({ restoreId, err: error }, 'the service does not wait for this result any more');
  });
  journal.restores.markReported(restoreId);
}

/** As it is reported: paths as text, or as base64 where they are not UTF-8. */
const describeDamage = ({ files, objects, ...counts }: DamageReport): FoundDamage => ({
  ...counts,
  files: files.map(({ path, code }) => {
    const text = path.toString();
    return Buffer.from(text).equals(path)
      ? { path: text, code }
      : { pathBase64: path.toString('base64'), code };
  }),
  objects: [...objects],
});

function resultOf({ state, fence, files, bytes, code, reason, damage, fromSnapshot }: RestoreRecord): Result {
  if (state === 'failed') {
    return { outcome: 'failed', fence, code: code ?? 'RESTORE_FAILED', reason: reason || 'no reason given' };
  }
  const [filesDone, bytesDone] = [files ?? 0, bytes ?? 0];
  const progress = { filesDone, filesTotal: filesDone, bytesDone, bytesTotal: bytesDone };
  if (damage) {
    const filesTotal = filesDone + damage.filesDamaged;
    const whole = { filesTotal, bytesTotal: bytesDone + damage.bytesDamaged };
    return { outcome: 'completed-with-damage', fence, progress: { ...progress, ...whole }, damage };
  }
  return { outcome: 'completed', fence, progress: { ...progress, ...(fromSnapshot && { fromSnapshot }) } };
}
