import type { FileMap } from '../../domain/file-map/file-map.ts';
import { encodeFileMap } from '../../domain/file-map/file-map-json.ts';
import { type FoldedLog, foldFileMap } from '../../domain/file-map/fold.ts';
import { rehost } from '../../domain/file-map/rehost.ts';
import { warningsOf } from '../../domain/file-map/warnings.ts';
import type { MountId, UploadId } from '../../domain/ids.ts';
import type { PointWarning } from '../../domain/recovery-point.ts';
import { formatVaultKey } from '../../domain/vault/keys.ts';
import { readManifest } from '../../domain/vault/manifest-reader.ts';
import type { LogRow, ManifestEntry } from '../../domain/vault/manifest-rows.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Vault } from '../../ports/vault.ts';
import { loadParse } from './log-parses.ts';
import { type Base, type LoadedBase, loadBase, type MapSubject, readRows } from './map-base.ts';
import { maxLogsPerPoint } from './read-logs.ts';
import { readMap, unlessLost } from './stored-maps.ts';

/** Each refused commit and each late log may have left a map. */
const maxNumber = 1000;

interface Dependencies {
  readonly catalog: Pick<Catalog, 'recoveryPoints'>;
  readonly vault: Pick<Vault, 'read' | 'putOnce'>;
}

export interface MadeFileMap {
  readonly fileMap: { readonly state: 'stored'; readonly number: number };
  readonly warnings: readonly PointWarning[];
}

/**
 * Makes a point's file map from the map of the point before and the logs since, and stores it under the next free number from `from` on.
 * Nothing is overwritten: a map that is there already and says the same is taken, any other keeps its number.
 */
export async function makeFileMap(
  dependencies: Dependencies,
  subject: MapSubject,
  from: number,
): Promise<MadeFileMap> {
  return makeFileMapOn(await loadBase(dependencies, subject), dependencies, subject, from);
}

/** As `makeFileMap`, for a caller who had other things to read meanwhile. */
export async function makeFileMapOn(
  { parent, ownRows, ...base }: LoadedBase,
  { vault }: Pick<Dependencies, 'vault'>,
  subject: MapSubject,
  from: number,
): Promise<MadeFileMap> {
  const own = base.isCut ? await readOwnMap(vault, subject) : undefined;
  if (own !== undefined) return continueOwnMap(vault, { subject, ownRows }, own);
  const rows: LineLogRow[] = [];
  for (const point of base.without) rows.push(...ofLine(point, await readRows(vault, point)));
  rows.push(...ofLine(subject, ownRows));
  const { mountId, recoveryPointId, seq, takenAt, manifestSha256 } = subject;
  const draft = await foldFileMap(
    {
      ...{ mountId, recoveryPointId, seq, takenAt, manifestSha256, number: from },
      ...(parent && { parent: { recoveryPointId: parent.recoveryPointId, number: parent.number } }),
    },
    parent,
    readParses(vault, mountId, await joinRepeats(vault, mountId, rows)),
    entriesOf(vault, subject),
  );
  const map = await storeMap(vault, draft);
  const warnings = [...warningsOf(map), ...warningsOfLine(base, rows)];
  return { fileMap: { state: 'stored', number: map.number }, warnings };
}

/** The point's newest map so far. */
async function readOwnMap(
  vault: Pick<Vault, 'read'>,
  { fileMap, mountId, recoveryPointId }: MapSubject,
): Promise<FileMap | undefined> {
  if (fileMap?.state !== 'stored') return undefined;
  const { number } = fileMap;
  return unlessLost(() => readMap(vault, { mountId, recoveryPointId, number }));
}

/**
 * The points before are gone, and their maps with them: the point's own map has all that they said. It goes on from that with the
 * logs that came since, and stays as it is when there are none. What it warned of still holds.
 */
async function continueOwnMap(
  vault: Dependencies['vault'],
  { subject, ownRows }: { readonly subject: MapSubject; readonly ownRows: readonly LogRow[] },
  stored: FileMap,
): Promise<MadeFileMap> {
  const { mountId, recoveryPointId, seq, takenAt, manifestSha256, warnings: earlier = [] } = subject;
  const known = new Set(stored.logs.map(({ uploadId, logNumber }) => `${uploadId} ${logNumber}`));
  const rows: LineLogRow[] = [];
  let own = stored;
  for (const log of await joinRepeats(vault, mountId, ofLine(subject, ownRows))) {
    const isKnown = known.has(`${log.uploadId} ${log.row.number}`);
    own = rehost(own, { uploadId: log.uploadId, logNumber: log.row.number }, log.row);
    const upload = { mountId, uploadId: log.uploadId };
    // Without its parse it was only announced so far.
    if (!isKnown && (await unlessLost(() => loadParse(vault, upload, log.row)))) rows.push(log);
  }
  const { number } = own;
  if (rows.length === 0 && own === stored) return { fileMap: { state: 'stored', number }, warnings: earlier };
  const draft = await foldFileMap(
    {
      ...{ mountId, recoveryPointId, seq, takenAt, manifestSha256, number: number + 1 },
      parent: { recoveryPointId, number },
    },
    own,
    readParses(vault, mountId, rows),
    entriesOf(vault, subject),
  );
  const map = await storeMap(vault, draft);
  const added = warningsOf(map).filter(
    ({ code, text }) => !earlier.some((each) => each.code === code && each.text === text),
  );
  return { fileMap: { state: 'stored', number: map.number }, warnings: [...earlier, ...added] };
}

interface LineLogRow {
  readonly uploadId: UploadId;
  readonly seq: number;
  readonly row: LogRow;
  readonly isLate: boolean;
}

/** A point's logs: those in its manifest, and those that came late. */
function ofLine(
  { recoveryPointId: uploadId, seq, lateLogs = [] }: MapSubject,
  rows: readonly LogRow[],
): LineLogRow[] {
  return [
    ...rows.map((row) => ({ uploadId, seq, row, isLate: false })),
    ...lateLogs.map((row) => ({ uploadId, seq, row, isLate: true })),
  ];
}

/**
 * The same log sent again for a point says nothing but where its host has the mount, and what kind of host it is: what was said last
 * counts, in the place of the log that came first.
 */
async function joinRepeats(
  vault: Pick<Vault, 'read'>,
  mountId: MountId,
  rows: readonly LineLogRow[],
): Promise<LineLogRow[]> {
  const joined: LineLogRow[] = [];
  for (const [only, ...again] of Map.groupBy(rows, keyOfLog).values()) {
    if (only === undefined) continue;
    const arrived: LineLogRow[] = [];
    for (const each of again.length === 0 ? [] : [only, ...again]) {
      const { uploadId, row, isLate } = each;
      if (!isLate || (await unlessLost(() => loadParse(vault, { mountId, uploadId }, row))))
        arrived.push(each);
    }
    const [first = only] = arrived;
    const { mountpoint, platform } = arrived.reduce(lastSaid, first).row;
    joined.push({ ...first, row: { ...first.row, mountpoint, platform } });
  }
  return joined;
}

const keyOfLog = ({ uploadId, row }: LineLogRow): string => `${uploadId} ${row.sha256}`;

/** By when the gateway got them: their numbers are in the order in which they were sent on. */
const lastSaid = (one: LineLogRow, other: LineLogRow): LineLogRow =>
  other.row.receivedAt >= one.row.receivedAt ? other : one;

/** One parse after the other, so that no more than one is in memory. */
async function* readParses(
  vault: Pick<Vault, 'read'>,
  mountId: MountId,
  rows: readonly LineLogRow[],
): AsyncGenerator<FoldedLog> {
  for (const { uploadId, seq, row, isLate } of rows) {
    const { number: logNumber, fileName, mountpoint, platform, receivedAt, sha256 } = row;
    const stored = await unlessLost(() => loadParse(vault, { mountId, uploadId }, row));
    // Announced, and not there yet.
    if (isLate && stored === undefined) continue;
    const parse = stored ?? {
      ...{ version: 1 as const, sha256, outcome: 'unreadable' as const },
      reason: 'it was not read when the point was made',
    };
    yield { uploadId, seq, logNumber, fileName, mountpoint, platform, receivedAt, isLate, parse };
  }
}

async function* entriesOf(
  vault: Pick<Vault, 'read'>,
  { mountId, recoveryPointId: uploadId, manifestSha256: sha256 }: MapSubject,
): AsyncGenerator<ManifestEntry> {
  const key = formatVaultKey({ kind: 'manifest', mountId, uploadId, sha256 });
  const source = await vault.read(key);
  if (source === undefined) throw new ServiceError('VAULT_OBJECT_MISSING', `${key} is not in the vault`);
  for await (const row of readManifest(source, key)) if (row.row === 'entry') yield row.entry;
}

async function storeMap(vault: Pick<Vault, 'putOnce'>, draft: FileMap): Promise<FileMap> {
  const { mountId, recoveryPointId: uploadId } = draft;
  for (let number = draft.number; number <= maxNumber; number++) {
    const map = { ...draft, number };
    const bytes = await encodeFileMap(map);
    const result = await vault.putOnce(
      formatVaultKey({ kind: 'file-map', mountId, uploadId, number }),
      bytes,
    );
    if (result.outcome === 'stored' || bytes.equals(result.bytes)) return map;
  }
  throw new ServiceError('INTERNAL', `point ${uploadId} has ${maxNumber} file maps`);
}

function warningsOfLine({ isCut, without }: Base, rows: readonly LineLogRow[]): PointWarning[] {
  const warnings: PointWarning[] = [];
  if (isCut) {
    const text =
      'earlier points have no file map that can be read: what their logs say of files still here is not known';
    warnings.push({ code: 'HISTORY_UNKNOWN', text });
  }
  const logs = rows.filter(({ isLate }) => !isLate).length;
  if (without.length === 0 && logs > maxLogsPerPoint) {
    const text = `${logs} logs came with the snapshot; the first ${maxLogsPerPoint} were read`;
    warnings.push({ code: 'LOGS_TOO_MANY', text });
  }
  return warnings;
}
