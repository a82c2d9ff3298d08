import { type DatabaseFiles, type Platform, unknownDatabase } from '../file-map/file-map.ts';
import { baseName, isAbsolute, isFitPath, isPlainName } from './names.ts';
import type { PointContents } from './point-contents.ts';
import { containersOf, tablespacesOf } from './schema-names.ts';
import { doubt, refusal, type ScriptOrder, type ScriptRefusal, type ScriptSubject } from './script-order.ts';
import { firstRelease, isBefore, readRelease, releaseText } from './versions.ts';

/** Why the judgement speaks against a restore. */
export function refuseVerdict({ database, verdict }: ScriptSubject): ScriptRefusal[] {
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

export function refuseVersion({ database }: ScriptSubject, { aim }: ScriptOrder): ScriptRefusal[] {
  const release = readRelease(database.version);
  const first = firstRelease(aim.kind);
  if (release === undefined || !isBefore(release, first)) return [];
  const text = `the database is of release ${releaseText(release)}; this needs ${releaseText(first)} or later`;
  return [refusal('VERSION_TOO_OLD', text)];
}

/** What is wrong with what is to be restored. */
export function refuseAim(
  { aim, end }: ScriptOrder,
  { contents, platform, database }: { contents: PointContents; platform: Platform; database: DatabaseFiles },
): ScriptRefusal[] {
  switch (aim.kind) {
    case 'sets':
      return refuseControlFile(contents);
    case 'copies':
      return [...refuseControlFile(contents), ...refuseCopies(contents)];
    case 'new-host':
      return [...refuseControlFile(contents), ...refuseNewFolder(aim.newFolder, contents, platform)];
    case 'pdb': {
      const isFolderFit = aim.auxiliaryFolder === undefined || isFolder(aim.auxiliaryFolder, platform);
      return [
        ...refuseName('pluggable database', aim.pdb),
        ...refuseUnknown('pluggable database', aim.pdb, containersOf(database)),
        ...(isFolderFit ? [] : [refusal('NAME_UNFIT', 'the auxiliary folder has to be a plain, full path')]),
      ];
    }
    case 'tablespace':
      return [
        ...refuseName('tablespace', aim.tablespace),
        ...refuseUnknown('tablespace', aim.tablespace, tablespacesOf(database)),
        ...refusePointInTime(end),
      ];
    case 'datafile': {
      const text = `the point has no backup of datafile ${aim.datafile}; it has: ${[...contents.datafiles.keys()].join(', ')}`;
      const isKnown = contents.datafiles.has(aim.datafile);
      return [...(isKnown ? [] : [refusal('DATAFILE_UNKNOWN', text)]), ...refusePointInTime(end)];
    }
  }
}

const isFolder = (path: string, platform: Platform): boolean =>
  isAbsolute(path, platform) && isFitPath(path, platform);

function refuseControlFile({ controlFile }: PointContents): ScriptRefusal[] {
  if (controlFile === undefined) {
    const text = 'the point has no backup of the control file that RMAN could restore from one file';
    return [refusal('CONTROL_FILE_MISSING', text)];
  }
  return refusePaths([controlFile]);
}

function refuseCopies({ copies, datafiles, fromSets }: PointContents): ScriptRefusal[] {
  const without = [...datafiles.keys()].filter((file) => !copies.has(file));
  if (without.length > 0 || datafiles.size === 0) {
    const which = without.length > 0 ? without.join(', ') : 'any datafile';
    const text = `the point has no image copy of ${which}: restore from backup sets, kind sets, which takes copies too`;
    return [refusal('COPIES_MISSING', text)];
  }
  const text = `the judgement is of backup sets for datafiles ${fromSets.join(', ')}; whether the redo reaches from their copies is not certain`;
  return [
    ...(fromSets.length > 0 ? [doubt('COPIES_UNCERTAIN', text)] : []),
    ...refusePaths([...copies.values()]),
  ];
}

function refuseNewFolder(folder: string, { datafiles }: PointContents, platform: Platform): ScriptRefusal[] {
  if (!isFolder(folder, platform)) {
    return [refusal('NAME_UNFIT', 'the new folder of the datafiles has to be a plain, full path')];
  }
  if (datafiles.size === 0) {
    return [refusal('DATAFILE_UNKNOWN', 'the logs do not say which datafiles the database has')];
  }
  return refusePaths([...datafiles.values()].map(baseName));
}

/** Of the mount, with `/`, or last names: a backslash would become a folder on Windows. */
function refusePaths(paths: readonly string[]): ScriptRefusal[] {
  const unfit = paths.filter((path) => !isFitPath(path, 'linux'));
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

/** Without a REPORT SCHEMA among the logs nothing is known of names; RMAN says it then. */
function refuseUnknown(what: string, name: string, known: readonly string[] | undefined): ScriptRefusal[] {
  if (known === undefined || known.some((each) => each.toUpperCase() === name.toUpperCase())) return [];
  const shown = known.slice(0, 50).join(', ') || 'none';
  return [doubt('NAME_UNKNOWN', `the newest REPORT SCHEMA shows no ${what} ${name}; it shows: ${shown}`)];
}

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
