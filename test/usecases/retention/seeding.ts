import type { Caller } from '../../../shared/domain/access.ts';
import { expiresAt, parseExpire } from '../../../shared/domain/expire.ts';
import type { MountId } from '../../../shared/domain/ids.ts';
import { addMillis } from '../../../shared/domain/instant.ts';
import type { JudgementSummary } from '../../../shared/domain/recoverability/judgement.ts';
import type { RecoveryPoint } from '../../../shared/domain/recovery-point.ts';
import { storeJournal } from '../../../shared/usecases/journal/store-journal.ts';
import { createPointContents } from '../../../shared/usecases/retention/point-contents.ts';
import { committedPoint, present } from '../../adapters/support/line.ts';
import type { EventInput } from '../../support/http-event.ts';
import { createMemoryService } from '../../support/memory-service.ts';
import { createStoreAndMount, type MemoryService } from '../../support/uploading.ts';

export const days = 86_400_000;

export const operator: Caller = { credentialId: 'key-op', role: 'operator' };
export const admin: Caller = { credentialId: 'key-admin', role: 'admin' };

/** A service with one mount. */
export async function arrange(expire = '10d') {
  const service = createMemoryService();
  const { mount, caller } = await createStoreAndMount(service, expire);
  return { service, mountId: mount.mountId, store: caller };
}

/** A point of so many days ago, at the end of the line, without its objects: what is decided on is in the catalog. */
export async function pointOf(
  { catalog, clock, vault }: MemoryService,
  mountId: MountId,
  ageDays: number,
  fields: Partial<RecoveryPoint> = {},
): Promise<RecoveryPoint> {
  const at = addMillis(clock.now(), -ageDays * days);
  const { expire: ofMount } = present(await catalog.mounts.find(mountId));
  const totals = { files: 1, bytes: 10, ownObjects: 1, ownStoredBytes: 2 ** 30, logs: 0 };
  const expires = expiresAt(at, parseExpire(fields.expire ?? ofMount));
  const point = await committedPoint(
    catalog,
    { mountId },
    { requestedAt: at },
    { committedAt: at, takenAt: at, expiresAt: expires, totals, ...fields },
  );
  await storeJournal({ catalog, vault, clock }, mountId);
  return point;
}

/** What a judged point has: databases that it can be restored from, and a log. */
export const judged = (...dbids: readonly string[]): Partial<RecoveryPoint> => {
  const databases = dbids.map((dbid) => ({ dbid, recoverable: 'yes' as const }));
  const judgement: JudgementSummary = { number: 1, log: 'read', databases };
  const totals = { files: 1, bytes: 10, ownObjects: 1, ownStoredBytes: 2 ** 30, logs: 1 };
  return { fileMap: { state: 'stored', number: 1 }, judgement, totals };
};

/** What the use cases are given. */
export const of = (service: MemoryService) => ({ ...service, contents: createPointContents(service.vault) });

export interface Answer {
  readonly sha256: string;
  readonly [name: string]: unknown;
}

/** A request that must be answered. */
export async function call(
  { send }: MemoryService,
  name: Parameters<MemoryService['send']>[0],
  caller: Caller,
  input: Omit<EventInput, 'caller'> = {},
): Promise<Answer> {
  const { statusCode, body } = await send(name, { caller, ...input });
  if (statusCode === undefined || statusCode >= 400) throw new Error(`${name}: ${JSON.stringify(body)}`);
  return body as unknown as Answer;
}

export const stateOf = async ({ catalog }: MemoryService, { recoveryPointId }: RecoveryPoint) =>
  (await catalog.recoveryPoints.find(recoveryPointId))?.state;

/** Kinds of the entries of a mount's journal in the vault. */
export async function journalOf({ vault }: MemoryService, mountId: MountId) {
  const { versions } = await vault.listVersions({ prefix: `v1/mounts/${mountId}/journal/` });
  const entries: { kind: string; data: Record<string, unknown> }[] = [];
  for (const { key } of versions) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of present(await vault.read(key))) chunks.push(chunk);
    entries.push(JSON.parse(Buffer.concat(chunks).toString('utf8')));
  }
  return entries;
}
