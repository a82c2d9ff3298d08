import { type Platform, unknownDatabase } from '../file-map/file-map.ts';
import {
  newNamesIn,
  restoreClosed,
  restoreElsewhere,
  restoreFromSets,
  restoreOpen,
  restorePdb,
  switchToCopies,
} from './commands.ts';
import { missingOf } from './missing.ts';
import { asFolder, below, isAbsolute, isFitPath, isPlainName } from './names.ts';
import { newParameterFile } from './parameter-file.ts';
import { findContents, type PointContents } from './point-contents.ts';
import { type ChosenEnd, chooseEnd } from './recovery-end.ts';
import { writeFiles } from './script-files.ts';
import {
  doubt,
  type RestoreScripts,
  refusal,
  type ScriptOrder,
  type ScriptRefusal,
  type ScriptSubject,
} from './script-order.ts';
import type { ScriptPlan } from './script-plan.ts';
import { refuseFolder } from './staged-folder.ts';
import { firstRelease, isBefore, readRelease, releaseText } from './versions.ts';

/**
 * The scripts with which a DBA restores from a point's staged files, and what to read before. Where the judgement does not promise that
 * they work there are none, unless the order takes the risk.
 */
export function makeRestoreScripts(subject: ScriptSubject, order: ScriptOrder): RestoreScripts {
  const { map, database, verdict } = subject;
  const platform = database.platform ?? 'linux';
  const chosen = chooseEnd(verdict, order.end);
  const contents = findContents(map, database, chosen.window?.base);
  const refusals = [
    ...refuseVerdict(subject),
    ...refuseVersion(subject, order),
    ...refuseFolder(order.stagedAt, platform, map),
    ...(isOfOpenDatabase(order) ? [] : chosen.refusals),
    ...refuseAim(order, { contents, platform }),
  ];
  const missing = missingOf(verdict, contents);
  const isRefused = refusals.some(({ isFinal }) => isFinal) || (refusals.length > 0 && !order.atOwnRisk);
  const outcome = isRefused ? 'refused' : refusals.length > 0 ? 'at-own-risk' : 'ready';
  const plan = { subject, order, platform, chosen, contents, missing, refusals };
  const restore = isRefused ? undefined : restoreCommands(plan);
  return { outcome, refusals, missing, files: writeFiles(plan, restore) };
}

/** The current control file and the online logs are there: recovery goes on to now, whatever the judgement's windows end with. */
const isOfOpenDatabase = ({ aim, end }: ScriptOrder): boolean =>
  aim.kind === 'tablespace' || aim.kind === 'datafile' || (aim.kind === 'pdb' && end === undefined);

function refuseVerdict({ database, verdict }: ScriptSubject): ScriptRefusal[] {
  if (database.dbid === unknownDatabase) {
    return [refusal('DATABASE_UNKNOWN', 'the logs do not say which database these backups are of')];
  }
  if (verdict.recoverable === 'yes') return [];
  const reasons = verdict.reasons
    .filter(({ effect }) => effect !== 'note')
    .map(({ code, text }) => `${code}: ${text}`)
    .join('; ');
  return verdict.recoverable === 'no'
    ? [doubt('NOT_RECOVERABLE', `the database cannot be restored from this point alone. ${reasons}`)]
    : [
        doubt(
          'RECOVERABILITY_UNKNOWN',
          `whether the database can be restored from this point is not known. ${reasons}`,
        ),
      ];
}

function refuseVersion({ database }: ScriptSubject, { aim }: ScriptOrder): ScriptRefusal[] {
  const release = readRelease(database.version);
  const first = firstRelease(aim.kind);
  if (release === undefined || !isBefore(release, first)) return [];
  const text = `the database is of release ${releaseText(release)}; this needs ${releaseText(first)} or later`;
  return [refusal('VERSION_TOO_OLD', text)];
}

function refuseAim(
  { aim, stagedAt, end }: ScriptOrder,
  { contents, platform }: { contents: PointContents; platform: Platform },
): ScriptRefusal[] {
  switch (aim.kind) {
    case 'sets':
      return refuseControlFile(contents, stagedAt, platform);
    case 'copies':
      return [
        ...refuseControlFile(contents, stagedAt, platform),
        ...refuseCopies(contents, stagedAt, platform),
      ];
    case 'new-host':
      return [
        ...refuseControlFile(contents, stagedAt, platform),
        ...refuseNewFolder(aim.newFolder, contents, platform),
      ];
    case 'pdb': {
      const isFolderFit = aim.auxiliaryFolder === undefined || isFolder(aim.auxiliaryFolder, platform);
      return [
        ...refuseName('pluggable database', aim.pdb),
        ...(isFolderFit ? [] : [refusal('NAME_UNFIT', 'the auxiliary folder has to be a plain, full path')]),
      ];
    }
    case 'tablespace':
      return [...refuseName('tablespace', aim.tablespace), ...refusePointInTime(end)];
    case 'datafile': {
      const text = `the point has no backup of datafile ${aim.datafile}; it has: ${[...contents.datafiles.keys()].join(', ')}`;
      const isKnown = contents.datafiles.has(aim.datafile);
      return [...(isKnown ? [] : [refusal('DATAFILE_UNKNOWN', text)]), ...refusePointInTime(end)];
    }
  }
}

const isFolder = (path: string, platform: Platform): boolean =>
  isAbsolute(path, platform) && isFitPath(path, platform);

function refuseControlFile(
  { controlFile }: PointContents,
  stagedAt: string,
  platform: Platform,
): ScriptRefusal[] {
  if (controlFile === undefined) {
    const text = 'the point has no backup of the control file that RMAN could restore from one file';
    return [refusal('CONTROL_FILE_MISSING', text)];
  }
  return refusePaths([below(stagedAt, controlFile, platform)], platform);
}

function refuseCopies(
  { copies, datafiles, fromSets }: PointContents,
  stagedAt: string,
  platform: Platform,
): ScriptRefusal[] {
  const without = [...datafiles.keys()].filter((file) => !copies.has(file));
  if (without.length > 0 || datafiles.size === 0) {
    const which = without.length > 0 ? without.join(', ') : 'any datafile';
    const text = `the point has no image copy of ${which}: restore from backup sets, kind sets, which takes copies too`;
    return [refusal('COPIES_MISSING', text)];
  }
  const text = `the judgement is of backup sets for datafiles ${fromSets.join(', ')}; whether the redo reaches from their copies is not certain`;
  return [
    ...(fromSets.length > 0 ? [doubt('COPIES_UNCERTAIN', text)] : []),
    ...refusePaths(
      [...copies.values()].map((path) => below(stagedAt, path, platform)),
      platform,
    ),
  ];
}

function refuseNewFolder(folder: string, { datafiles }: PointContents, platform: Platform): ScriptRefusal[] {
  if (!isFolder(folder, platform)) {
    return [refusal('NAME_UNFIT', 'the new folder of the datafiles has to be a plain, full path')];
  }
  if (datafiles.size === 0) {
    return [refusal('DATAFILE_UNKNOWN', 'the logs do not say which datafiles the database has')];
  }
  return refusePaths([...newNamesIn(folder, datafiles, platform).values()], platform);
}

function refusePaths(paths: readonly string[], platform: Platform): ScriptRefusal[] {
  const unfit = paths.filter((path) => !isFitPath(path, platform));
  if (unfit.length === 0) return [];
  const text = `${unfit.length} file names have quotes, &, ?, @, %, a backslash or control characters, which RMAN would take for something else; rename the staged files, catalog them and write these commands by hand`;
  return [refusal('NAME_UNFIT', text)];
}

const refuseName = (what: string, name: string): ScriptRefusal[] =>
  isPlainName(name)
    ? []
    : [
        refusal(
          'NAME_UNFIT',
          `the name of the ${what} has to be a plain one: a letter, then letters, digits, _ and $`,
        ),
      ];

/** Only a whole database or PDB goes back in time in its place. */
const refusePointInTime = (end: ScriptOrder['end']): ScriptRefusal[] =>
  end === undefined
    ? []
    : [
        refusal(
          'POINT_IN_TIME_UNFIT',
          'a tablespace or datafile is recovered to now, with the rest of its database; to bring a tablespace back to a moment RMAN needs RECOVER TABLESPACE … UNTIL … AUXILIARY DESTINATION: leave the time out and see README.txt',
        ),
      ];

function restoreCommands(plan: ScriptPlan): string[] {
  const { order, platform, contents, chosen, subject } = plan;
  const { aim, stagedAt } = order;
  const folder = asFolder(stagedAt, platform);
  const staged = (path: string) => below(stagedAt, path, platform);
  const whole = {
    dbid: subject.database.dbid,
    controlFile: staged(contents.controlFile ?? ''),
    folder,
    end: chosen.end,
    isConsistent: isClosedBackup(chosen),
  };
  switch (aim.kind) {
    case 'sets':
      return restoreFromSets(whole);
    case 'copies':
      return switchToCopies(whole, new Map([...contents.copies].map(([file, path]) => [file, staged(path)])));
    case 'new-host':
      return restoreElsewhere(whole, {
        parameterFile: newParameterFile(aim.newFolder, subject, platform),
        newNames: newNamesIn(aim.newFolder, contents.datafiles, platform),
      });
    case 'pdb':
      return restorePdb(aim.pdb, {
        folder,
        ...(order.end && { end: order.end }),
        ...(aim.auxiliaryFolder !== undefined && { auxiliaryFolder: aim.auxiliaryFolder }),
      });
    case 'tablespace': {
      const what = `tablespace ${aim.tablespace}`;
      return isAlwaysOnline(aim.tablespace)
        ? restoreClosed(what, folder)
        : restoreOpen(what, `alter ${what} offline immediate`, `alter ${what} online`, folder);
    }
    case 'datafile': {
      const what = `datafile ${aim.datafile}`;
      // The first datafile of every database belongs to SYSTEM.
      return aim.datafile === 1
        ? restoreClosed(what, folder)
        : restoreOpen(what, `alter database ${what} offline`, `alter database ${what} online`, folder);
    }
  }
}

const isClosedBackup = ({ window }: ChosenEnd): boolean => window?.isConsistent === true;

const isAlwaysOnline = (tablespace: string): boolean => /^(?:system$|undo)/i.test(tablespace);
