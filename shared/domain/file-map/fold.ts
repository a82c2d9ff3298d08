import type { ManifestEntry } from '../vault/manifest-rows.ts';
import { applyLog } from './apply-log.ts';
import { Draft } from './draft.ts';
import type { FileMap, MapLog } from './file-map.ts';
import { finishMap, type MapIdentity } from './finish-map.ts';
import { lostInstances } from './lost-instances.ts';
import type { LogParse } from './read-log.ts';
import { SnapshotScan } from './snapshot-scan.ts';

/** A log of the line, as its row names it, and what became of reading it. */
export type FoldedLog = Omit<MapLog, 'status' | 'reason' | 'lostInstances'> & { readonly parse: LogParse };

/**
 * A point's file map: the map of the point before, minus what the snapshot has no more, plus what the logs say that came since.
 * Reads the manifest's entries once. The same input gives the same map, at any time.
 * @param parent the map that it goes on from: the parent's, or an earlier one of the point itself
 * @param logs those since the parent's map, in their order; each is needed only once
 */
export async function foldFileMap(
  identity: MapIdentity,
  parent: FileMap | undefined,
  logs: AsyncIterable<FoldedLog> | Iterable<FoldedLog>,
  entries: AsyncIterable<ManifestEntry>,
): Promise<FileMap> {
  const draft = new Draft(parent, identity.recoveryPointId);
  for await (const log of logs) addLog(draft, log);
  const scan = new SnapshotScan(draft);
  for await (const entry of entries) scan.add(entry);
  return finishMap(draft, scan, identity);
}

function addLog(draft: Draft, { parse, ...log }: FoldedLog): void {
  const { uploadId, seq, logNumber, mountpoint, platform, fileName } = log;
  if (parse.outcome === 'unreadable') {
    const { reason } = parse;
    draft.logs.push({ ...log, status: 'unreadable', reason });
    const text = `${fileName} could not be read: ${reason}`;
    draft.doubts.push({ code: 'LOG_UNREADABLE', text, source: { uploadId, logNumber } });
    return;
  }
  const lost = lostInstances(parse.log);
  draft.logs.push({
    ...log,
    status: parse.log.map.status,
    ...(lost.length > 0 && { lostInstances: lost }),
  });
  applyLog(draft, { uploadId, seq, logNumber, host: { mountpoint, platform }, log: parse.log });
}
