import type { FileMap } from '../../domain/file-map/file-map.ts';
import type { MountId, UploadId } from '../../domain/ids.ts';
import type { Instant } from '../../domain/instant.ts';
import {
  isLive,
  type PointFileMap,
  type PointWarning,
  type RecoveryPoint,
} from '../../domain/recovery-point.ts';
import type { LogRow } from '../../domain/vault/manifest-rows.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Vault } from '../../ports/vault.ts';
import { logRowsOf } from './read-logs.ts';
import { readMap, unlessLost } from './stored-maps.ts';

/** Points without a map that are gone through, back to one that has one. */
const maxWithoutMap = 50;

interface Dependencies {
  readonly catalog: Pick<Catalog, 'recoveryPoints'>;
  readonly vault: Pick<Vault, 'read'>;
}

/** A point, recorded or about to be. */
export interface MapSubject {
  readonly mountId: MountId;
  readonly recoveryPointId: UploadId;
  readonly seq: number;
  readonly takenAt: Instant;
  readonly manifestSha256: string;
  readonly parentId?: UploadId;
  readonly lateLogs?: readonly LogRow[];
  /** Its newest map, and what that warned of; absent before its commit. */
  readonly fileMap?: PointFileMap;
  readonly warnings?: readonly PointWarning[];
}

export interface Base {
  /** The nearest point before that has a map. */
  readonly stored?: MapSubject & { readonly number: number };
  /** Those between, oldest first: their logs count as well. */
  readonly without: readonly RecoveryPoint[];
  /** The line goes on, but not within reach. */
  readonly isCut: boolean;
}

export interface LoadedBase extends Base {
  /** The map of `stored`, where it can be read. */
  readonly parent: FileMap | undefined;
  /** The logs in the point's own manifest. */
  readonly ownRows: readonly LogRow[];
}

/** What the map of a point goes on from. */
export async function loadBase(
  { catalog, vault }: Dependencies,
  subject: Pick<MapSubject, 'mountId' | 'recoveryPointId' | 'manifestSha256' | 'parentId'>,
): Promise<LoadedBase> {
  const [base, ownRows] = await Promise.all([
    readBase({ catalog, vault }, subject.parentId),
    readRows(vault, subject),
  ]);
  return { ...base, ownRows };
}

async function readBase(
  { catalog, vault }: Dependencies,
  parentId: UploadId | undefined,
): Promise<Omit<LoadedBase, 'ownRows'>> {
  const found = await findBase(catalog, parentId);
  const { stored } = found;
  const parent = stored && (await unlessLost(() => readMap(vault, stored)));
  // A map that is lost or damaged must not keep all points after it from having one.
  return { ...found, parent, isCut: found.isCut || (stored !== undefined && parent === undefined) };
}

async function findBase(
  catalog: Pick<Catalog, 'recoveryPoints'>,
  parentId: UploadId | undefined,
): Promise<Base> {
  const without: RecoveryPoint[] = [];
  let next = parentId;
  while (next !== undefined && without.length < maxWithoutMap) {
    const point = await catalog.recoveryPoints.find(next);
    // A point that is going has no data to rely on.
    if (point === undefined || !isLive(point.state)) break;
    if (point.fileMap?.state === 'stored') {
      return { stored: { ...point, number: point.fileMap.number }, without, isCut: false };
    }
    without.unshift(point);
    next = point.parentId;
  }
  return { without, isCut: next !== undefined };
}

/** The logs in a point's manifest. */
export const readRows = (
  vault: Pick<Vault, 'read'>,
  { recoveryPointId: uploadId, ...point }: Pick<MapSubject, 'mountId' | 'recoveryPointId' | 'manifestSha256'>,
): Promise<readonly LogRow[]> => logRowsOf(vault, { ...point, uploadId });
