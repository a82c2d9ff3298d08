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
import { asFolder, below } from './names.ts';
import { newParameterFile } from './parameter-file.ts';
import { findContents } from './point-contents.ts';
import { type ChosenEnd, chooseEnd } from './recovery-end.ts';
import { refuseAim, refuseVerdict, refuseVersion } from './refusals.ts';
import { isAlwaysOnline, isAlwaysOnlineFile } from './schema-names.ts';
import { writeFiles } from './script-files.ts';
import type { RestoreScripts, ScriptOrder, ScriptSubject } from './script-order.ts';
import type { ScriptPlan } from './script-plan.ts';
import { refuseFolder } from './staged-folder.ts';

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
    ...refuseAim(order, { contents, platform, database }),
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
      return isAlwaysOnlineFile(subject.database, aim.datafile)
        ? restoreClosed(what, folder)
        : restoreOpen(what, `alter database ${what} offline`, `alter database ${what} online`, folder);
    }
  }
}

const isClosedBackup = ({ window }: ChosenEnd): boolean => window?.isConsistent === true;
