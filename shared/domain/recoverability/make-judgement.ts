import { filesOf } from '../file-map/draft.ts';
import type { DatabaseFiles, FileMap, MapLog } from '../file-map/file-map.ts';
import { allEntries } from '../file-map/file-map-json.ts';
import { type ContentKey, contentKeyOf } from './content-key.ts';
import { judgeDatabase } from './judge-recoverability.ts';
import type { JudgedDatabase, JudgedWindow, LackedFile, PointLog } from './judgement.ts';
import type { LostOfDatabase, StoredJudgement } from './judgement-json.ts';
import { type Before, entryKey, knownBefore, rememberNeeded, restoreLost } from './lost.ts';
import { findNeeds, lackedFilesOf } from './needs.ts';
import type { RecoveryWindow } from './verdict.ts';

/** A restore stages the whole point: these are for reading. */
const maxFilesOfWindow = 100;

/** Judges every database of a point, and says which content the point has and which it needs of earlier ones. */
export function makeJudgement(map: FileMap, before: Before | undefined): StoredJudgement {
  const holds = holdsOf(map);
  const judged = map.databases.map((database) => judgeInLine({ map, holds }, database, before));
  const { mountId, recoveryPointId, number, seq } = map;
  return {
    judgement: {
      version: 1,
      ...{ mountId, recoveryPointId, number, seq },
      log: logOf(map),
      databases: judged.map(({ database }) => database),
    },
    holds,
    lost: judged.map(({ lost }) => lost).filter(({ entries }) => entries.length > 0),
  };
}

function judgeInLine(
  { map, holds }: { readonly map: FileMap; readonly holds: ReadonlySet<ContentKey> },
  database: DatabaseFiles,
  before: Before | undefined,
): { readonly database: JudgedDatabase; readonly lost: LostOfDatabase } {
  const { dbid, name } = database;
  const { windows, ...verdict } = judgeDatabase(map, database);
  const known = knownBefore(dbid, before);
  const restored = restoreLost(database, known);
  const { entries, isBaseUnknown } = findNeeds(map, restored);
  const lacking = entries.filter((entry) => lackedFilesOf(entry, restored.lacking).length > 0);
  const lacked = lackedIn(lacking.flatMap((entry) => lackedFilesOf(entry, restored.lacking)));
  return {
    database: {
      ...verdict,
      ...(name !== undefined && { name }),
      windows: windows.map(shorten),
      // What lies in the point under another name is not lacking.
      lacksFiles: lacked.filter(({ key }) => !holds.has(key)),
      ...(isBaseUnknown && { needsUnknown: true }),
    },
    lost: rememberNeeded(known, new Set(lacking.map(entryKey))),
  };
}

const shorten = ({ files, ...window }: RecoveryWindow): JudgedWindow => ({
  ...window,
  fileCount: files.length,
  files: files.slice(0, maxFilesOfWindow),
});

/** Each content once. */
function lackedIn(files: ReturnType<typeof lackedFilesOf>): LackedFile[] {
  const found = new Map<ContentKey, LackedFile>();
  for (const { content, path, handle } of files) {
    if (content === undefined) continue;
    const key = contentKeyOf(content);
    found.set(key, { key, path: path ?? handle, sizeBytes: content.sizeBytes });
  }
  return [...found.values()];
}

/** Also what only its name says to be a backup: moved or restored by hand it is what it was. */
function holdsOf(map: FileMap): ReadonlySet<ContentKey> {
  const holds = new Set(map.inferred.map(({ content }) => contentKeyOf(content)));
  for (const entry of allEntries(map)) {
    for (const { presence, content } of filesOf(entry)) {
      if (presence === 'present' && content !== undefined) holds.add(contentKeyOf(content));
    }
  }
  return holds;
}

const withoutEnd: readonly MapLog['status'][] = ['truncated', 'unreadable'];

const logOf = ({ logs, recoveryPointId }: FileMap): PointLog =>
  logs.some(({ uploadId, status }) => uploadId === recoveryPointId && !withoutEnd.includes(status))
    ? 'read'
    : 'missing';
