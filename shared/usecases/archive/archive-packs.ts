import type { ArchiveClass } from '../../domain/archive/archive-class.ts';
import { mayGoCold, PackReferences } from '../../domain/archive/choose-cold.ts';
import type { MountId } from '../../domain/ids.ts';
import { nextJournalEntry } from '../../domain/journal.ts';
import type { Mount } from '../../domain/mount.ts';
import { isLive, type RecoveryPoint } from '../../domain/recovery-point.ts';
import { parseVaultKey, uploadsPrefix } from '../../domain/vault/keys.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import type { StoredObject, Vault } from '../../ports/vault.ts';
import { listAll } from '../list-all.ts';
import { mapAtOnce } from '../map-at-once.ts';
import { requireDeletionAllowed } from '../mounts/require-in-step.ts';
import { readTables } from '../reclaim/read-tables.ts';

/** S3 takes some 3,500 tags a second; so many take a few minutes, and what is left goes with the next call. */
const packsPerCall = 20_000;
const tagsAtOnce = 32;

interface Dependencies {
  readonly catalog: Pick<Catalog, 'mounts' | 'recoveryPoints'>;
  readonly vault: Pick<Vault, 'read' | 'listStorage' | 'markCold'>;
  readonly clock: Clock;
  /** Whose prices count. */
  readonly region?: string | undefined;
}

export interface ArchivedPacks {
  readonly packs: number;
  readonly bytes: number;
  /** Where the next call goes on; absent at the end. */
  readonly after?: string;
}

/**
 * Tags the packs of a mount that may go cold (`mayGoCold`); the bucket's rule moves what is tagged. What is decided is written to
 * the mount and its journal first, on the condition that neither has changed since the line was read. Tags that a crash leaves out
 * come with the next run: what is tagged is only looked at anew, and no tag takes anything away. Throws COMMIT_CONFLICT when
 * the mount has changed; MOUNT_DIVERGED and MOUNT_NOT_RECONCILED.
 */
export async function archivePacks(
  dependencies: Dependencies,
  mountId: MountId,
  rule: { readonly storageClass: ArchiveClass; readonly coldAfterDays: number },
  from?: string,
): Promise<ArchivedPacks> {
  const { catalog, vault, clock, region } = dependencies;
  const mount = await catalog.mounts.find(mountId);
  if (mount === undefined) throw new ServiceError('MOUNT_NOT_FOUND', `there is no mount ${mountId}`);
  requireDeletionAllowed(mount);
  const now = clock.now();
  const references = await gatherReferences(dependencies, mount);
  const judge = (pack: StoredObject) => mayGoCold(pack, references, { ...rule, now, region });
  const { packs, seq, ...rest } = await choose(vault, mountId, judge, from);
  const bytes = packs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  if (packs.length === 0) return { packs: 0, bytes };
  const coldThrough = Math.max(seq, mount.coldThrough ?? 0);
  const data = { storageClass: rule.storageClass, packs: packs.length, bytes, coldThrough };
  const entry = nextJournalEntry(mountId, mount.journal, { at: now, kind: 'packs-archived', data });
  if ((await catalog.mounts.change(mount, { ...mount, coldThrough }, entry)) === 'conflict') {
    throw new ServiceError('COMMIT_CONFLICT', `mount ${mountId} has changed since its line was read`);
  }
  await mapAtOnce(packs, tagsAtOnce, ({ key }) => vault.markCold(key));
  return { packs: packs.length, bytes, ...rest };
}

async function gatherReferences(
  { catalog, vault, clock }: Dependencies,
  mount: Mount,
): Promise<PackReferences> {
  const references = new PackReferences(clock.now());
  for (const { point, pins } of await listAll((page) => catalog.recoveryPoints.line(mount, page))) {
    const { seq, state, expiresAt, recoveryPointId } = point;
    if (state !== 'available' && state !== 'pending-deletion') continue;
    const referring = { seq, state, expiresAt, pins, isHead: recoveryPointId === mount.headId };
    for (const key of await packsOf({ catalog, vault }, point)) references.note(referring, key);
  }
  return references;
}

/** Of a point that has gone since the line was read: none. */
async function packsOf(
  { catalog, vault }: Pick<Dependencies, 'catalog' | 'vault'>,
  point: RecoveryPoint,
): Promise<string[]> {
  const keys: string[] = [];
  try {
    for await (const { kind, key } of readTables(vault, point)) if (kind === 'pack') keys.push(key);
    return keys;
  } catch (error) {
    const now = await catalog.recoveryPoints.find(point.recoveryPointId);
    if (now !== undefined && isLive(now.state)) throw error;
    return [];
  }
}

async function choose(
  vault: Dependencies['vault'],
  mountId: MountId,
  judge: (pack: StoredObject) => { readonly seq: number } | undefined,
  from: string | undefined,
): Promise<{ readonly packs: readonly StoredObject[]; readonly seq: number; readonly after?: string }> {
  const packs: StoredObject[] = [];
  let seq = 0;
  let after = from;
  do {
    const page = await vault.listStorage({
      prefix: uploadsPrefix(mountId),
      ...(after !== undefined && { after }),
    });
    for (const object of page.objects) {
      const judged = parseVaultKey(object.key)?.kind === 'pack' ? judge(object) : undefined;
      if (judged === undefined) continue;
      packs.push(object);
      seq = Math.max(seq, judged.seq);
      if (packs.length === packsPerCall) return { packs, seq, after: object.key };
    }
    after = page.next;
  } while (after !== undefined);
  return { packs, seq };
}
