import { readManifest } from '../../../shared/domain/vault/manifest-reader.ts';
import type { Baselines } from './baselines.ts';
import { isSegmentKept } from './kept-segment.ts';
import { isWhole } from './whole-object.ts';

/** After the commit of a snapshot: removes whatever the next one cannot build on. Does nothing when it was not kept. */
export async function keepOnly(baselines: Baselines, manifestSha256: string): Promise<void> {
  if (!(await isWhole(baselines, manifestSha256))) return;
  const objects = new Set([manifestSha256]);
  const leaves = new Set<string>();
  const rows = readManifest(baselines.streamObject(manifestSha256), `manifest ${manifestSha256}`);
  for await (const row of rows) {
    if (row.row === 'object' && row.object.kind === 'map') objects.add(row.object.sha256);
    else if (row.row === 'entry' && row.entry.type === 'file' && isSegmentKept(row.entry.size)) {
      for (const { sha256 } of row.entry.segments) leaves.add(sha256);
    }
  }
  await baselines.removeAllBut({ objects, leaves, pieces: leaves, stats: new Set([manifestSha256]) });
}
