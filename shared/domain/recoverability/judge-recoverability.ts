import { type DatabaseFiles, type FileMap, unknownDatabase } from '../file-map/file-map.ts';
import { adviceFor } from './advice.ts';
import { logRecordsOf } from './archived-logs.ts';
import { Evidence } from './evidence.ts';
import { judgeRun, type RunVerdict } from './judge-run.ts';
import { stepsOf } from './order.ts';
import { parameterFileNotes } from './parameter-file-notes.ts';
import type { Reason, Recoverability, Recoverable } from './verdict.ts';

/** More runs than this are not looked at: the newest decide. */
const maxRuns = 100;

/** What can be restored of a database from the files of a point, and to which times. See docs/recoverability.md. */
export function judgeDatabase(map: FileMap, database: DatabaseFiles): Recoverability {
  const { dbid } = database;
  if (dbid === unknownDatabase) {
    const text = 'the logs do not say which database these backups are of';
    return conclude(dbid, 'unknown', [], [{ code: 'DATABASE_UNKNOWN', effect: 'unknown', text }]);
  }
  const evidence = new Evidence(map, database);
  const records = logRecordsOf(evidence);
  const candidates = evidence.runs.filter(
    (run) => run.datafiles !== undefined || stepsOf(run, 'datafiles').length > 0,
  );
  const verdicts = candidates.slice(-maxRuns).map((run) => judgeRun(evidence, records, run));
  const notes = notesOf(evidence);
  if (verdicts.length === 0) {
    const reason = withoutBackup(evidence);
    return conclude(dbid, reason.effect === 'no' ? 'no' : 'unknown', [], [reason, ...notes]);
  }
  const found = bestOf(verdicts);
  const outcome = found === 'no' && candidates.length > maxRuns ? 'unknown' : found;
  // Of several that leave a question the newest is nearest to what is wanted.
  const newest = verdicts.findLast(({ outcome: each }) => outcome !== 'unknown' || each === outcome);
  // Of a `yes` the newest run may still have failed: its reasons say what is to be done.
  const told = newest?.outcome === 'yes' ? [] : (newest?.reasons ?? []);
  const reasons = outcome === 'yes' ? told.map((reason) => ({ ...reason, effect: 'note' as const })) : told;
  const windows = verdicts.flatMap((verdict) => (verdict.outcome === 'yes' ? [verdict.window] : []));
  const gap = verdicts.findLast((verdict) => verdict.gap !== undefined)?.gap;
  return conclude(dbid, outcome, windows, [...reasons, ...notes], gap);
}

/** A single way is enough; a `no` needs that there is none. */
function bestOf(verdicts: readonly RunVerdict[]): Recoverable {
  if (verdicts.some(({ outcome }) => outcome === 'yes')) return 'yes';
  return verdicts.every(({ outcome }) => outcome === 'no') ? 'no' : 'unknown';
}

function withoutBackup(evidence: Evidence): Reason {
  if (evidence.runs.some((run) => stepsOf(run, 'noarchivelog').length > 0)) {
    const text = 'the database is in NOARCHIVELOG mode: it cannot be backed up while it is open';
    return { code: 'NOARCHIVELOG_MODE', effect: 'no', text };
  }
  const effect = evidence.hasUnnamedBackups ? 'unknown' : 'no';
  return { code: 'NO_DATAFILE_BACKUP', effect, text: 'no log shows a backup of the datafiles' };
}

/** What is to be known before a restore and does not forbid it. */
function notesOf({ map, database, runs }: Evidence): Reason[] {
  const spfile =
    database.autobackups.some(({ presence }) => presence === 'present') ||
    database.backupSets.some((set) => set.includesSpfile) ||
    map.inferred.some(({ kind }) => kind === 'spfile');
  const passwordFile = map.inferred.some(({ kind }) => kind === 'passwordfile');
  const notes = parameterFileNotes({ spfile, passwordFile });
  if (runs.some((run) => stepsOf(run, 'encrypted').length > 0)) {
    const text =
      'the backups may be encrypted, as RMAN was told of encryption: then they cannot be restored without the keystore or the password, which are not among them';
    notes.push({ code: 'BACKUPS_ENCRYPTED', effect: 'note', text });
  }
  return notes;
}

function conclude(
  dbid: string,
  recoverable: Recoverable,
  windows: Recoverability['windows'],
  reasons: readonly Reason[],
  firstGap?: Recoverability['firstGap'],
): Recoverability {
  const found = { dbid, recoverable, windows, ...(firstGap && { firstGap }), reasons };
  return { ...found, advice: adviceFor(found) };
}
