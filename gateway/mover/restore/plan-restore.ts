import type { ManifestRow } from '../../../shared/domain/vault/manifest-rows.ts';
import { planEntries } from './plan-entries.ts';
import { planExtents } from './plan-extents.ts';
import { RestoreDamage } from './restore-damage.ts';
import { RestoreSelection } from './restore-selection.ts';
import { RestoreWork, type WorkObject } from './restore-work.ts';

/**
 * Plans the restore of a snapshot pack by pack, without reading or writing any of its bytes: the work of a real restore
 * before its first pack, for rehearsals of scale and estimates. `rows` are the manifest's (as `readManifest` yields them),
 * `fetchMap` gives the bytes of a map bundle that they list. Scratch lies at `scratch` and `scratch.extents`; memory does
 * not grow with the snapshot. Iterate `packs` once, to the end, then call `close`.
 */
export async function planRestore(input: {
  readonly manifestKey: string;
  readonly rows: AsyncIterable<ManifestRow>;
  readonly fetchMap: (map: WorkObject) => Promise<Buffer>;
  readonly scratch: string;
  /** Raw bytes of the files and folders to restore; absent: all. */
  readonly paths?: readonly Buffer[];
}) {
  const { manifestKey, rows, fetchMap, scratch, paths = [Buffer.alloc(0)] } = input;
  const work = new RestoreWork(scratch);
  const damage = new RestoreDamage();
  await planEntries(rows, manifestKey, new RestoreSelection(paths), work);
  await planExtents({
    manifestKey,
    work,
    damage,
    fetchMap,
    keyOf: ({ owner, number }) => `map ${owner}/${number}`,
    disk: { has: async () => false, writeZeros: async () => {} },
    onBytesDone: () => {},
  });
  if (damage.first) throw damage.first;
  return { ...work.totals(), packs: work.neededPacks(), close: () => work.close() };
}
