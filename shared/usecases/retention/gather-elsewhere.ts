import type { Database } from '../../domain/database.ts';
import type { MountId } from '../../domain/ids.ts';
import type { Mount } from '../../domain/mount.ts';
import type { Catalog } from '../../ports/catalog.ts';
import { gatherLine, type LinePoint } from './gather-line.ts';
import type { PointContents } from './point-contents.ts';

/** A transaction has 100 actions; beside three of its own it compares so many mounts, and keeps where there are more. */
const maxMounts = 50;

export interface Elsewhere {
  /** Live points of other mounts, with what they say of the shared databases alone. */
  readonly points: readonly LinePoint[];
  readonly unchanged: readonly Pick<Mount, 'mountId' | 'lineVersion'>[];
  /** Which mounts have each of the databases. */
  readonly databases: readonly Pick<Database, 'databaseId' | 'mountIds'>[];
  /** Databases on more mounts than can be compared, with their number. */
  readonly tooManyMounts: ReadonlyMap<string, number>;
}

/**
 * What other mounts with the same databases need. Each line is read after its version, so that a transaction which finds the version
 * unchanged knows that nothing was added to it (docs/adr/0009).
 */
export async function gatherElsewhere(
  dependencies: {
    readonly catalog: Pick<Catalog, 'mounts' | 'recoveryPoints' | 'databases'>;
    readonly contents: PointContents;
  },
  mountId: MountId,
  dbids: readonly string[],
): Promise<Elsewhere> {
  const { catalog } = dependencies;
  const databases = await Promise.all(dbids.map((dbid) => catalog.databases.find(dbid)));
  const tooManyMounts = new Map<string, number>();
  const shared = new Map<MountId, Set<string>>();
  for (const database of databases) {
    const others = database?.mountIds.filter((other) => other !== mountId) ?? [];
    if (database === undefined || others.length === 0) continue;
    const known = new Set([...shared.keys(), ...others]).size;
    if (known > maxMounts) {
      tooManyMounts.set(database.databaseId, others.length + 1);
      continue;
    }
    for (const other of others) shared.set(other, (shared.get(other) ?? new Set()).add(database.databaseId));
  }
  const points: LinePoint[] = [];
  const unchanged: Pick<Mount, 'mountId' | 'lineVersion'>[] = [];
  for (const [otherId, isShared] of shared) {
    const other = await catalog.mounts.find(otherId);
    if (other === undefined) continue;
    unchanged.push({ mountId: otherId, lineVersion: other.lineVersion });
    const line = await gatherLine(dependencies, other);
    points.push(
      ...line.points.map((point) => onlyOf(point, isShared)).filter(({ content }) => hasAny(content)),
    );
  }
  const known = dbids.map((databaseId, index) => ({
    databaseId,
    mountIds: databases[index]?.mountIds ?? [],
  }));
  return { points, unchanged, tooManyMounts, databases: known };
}

const onlyOf = (point: LinePoint, dbids: ReadonlySet<string>): LinePoint => ({
  ...point,
  content: {
    ...point.content,
    databases: point.content.databases.filter(({ dbid }) => dbids.has(dbid)),
  },
});

/** One of which nobody knows the databases may need what is here. */
const hasAny = ({ databases, isKnown }: LinePoint['content']): boolean => databases.length > 0 || !isKnown;
