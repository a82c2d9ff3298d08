import type { UploadId } from '../../shared/domain/ids.ts';
import type { MapRow, ObjectRow, PackRow } from '../../shared/domain/vault/manifest-rows.ts';
import { compareRefs } from '../../shared/domain/vault/pack-ref.ts';
import type { MapStream } from './map-stream.ts';
import type { StoredPack } from './pack-stream.ts';

/** The objects that a snapshot needs, in the order of its manifest: map bundles, then packs, own and the parent's. */
export function objectRows(
  owner: UploadId,
  tables: {
    readonly bundles: readonly MapRow[];
    readonly packs: readonly StoredPack[];
    readonly parentPacks: readonly PackRow[];
  },
  maps: MapStream,
): ObjectRow[] {
  const own = tables.packs.map((pack): PackRow => ({ kind: 'pack', owner, ...pack, referencedBytes: 0 }));
  const packs = [...own, ...tables.parentPacks].flatMap((pack): PackRow[] => {
    const referencedBytes = Math.min(pack.rawBytes, maps.referencedBytes(pack));
    // The table is the union of what the used segments name: one too few would be reclaimed, one too many never.
    return referencedBytes > 0 ? [{ ...pack, referencedBytes }] : [];
  });
  return [...tables.bundles.toSorted(compareRefs), ...packs.sort(compareRefs)];
}
