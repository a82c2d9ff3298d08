import type { CommandDraft } from '../state/commands.ts';
import type { LogState } from '../state/log-state.ts';
import type { Status } from './map.ts';

/** How one command ended. */
export const statusOfCommand = ({ state, hasGap }: CommandDraft): Status => {
  if (state === 'failed') return 'failed';
  return state === 'open' || hasGap ? 'truncated' : 'completed';
};

/** How each run ended: by its last backup command, or by what kept it from having one. Undefined for a run without either. */
export const statusOfRuns = ({ runs, commands }: LogState): (Status | undefined)[] => {
  const lastBackups: CommandDraft[] = [];
  for (const command of commands.all)
    if (command.isBackup && !command.isInside) lastBackups[command.run] = command;
  return runs.all.map(({ hasFailedOutside }, run) => {
    const lastBackup = lastBackups[run];
    const status = lastBackup && statusOfCommand(lastBackup);
    return hasFailedOutside && status !== 'completed' ? 'failed' : status;
  });
};

/**
 * How the log ended. The text ends inside a command: truncated. Otherwise the last run with a backup command decides; without any
 * the last command of all.
 */
export const statusOfLog = (state: LogState): Status => {
  const status = judge(state);
  return status === 'completed' && state.failures.warnings.length > 0 ? 'completed-with-warnings' : status;
};

const judge = (state: LogState): Status => {
  if (state.commands.hasOpen) return 'truncated';
  const ofRuns = statusOfRuns(state).findLast((status) => status !== undefined);
  if (ofRuns !== undefined) return ofRuns;
  const last = state.commands.all.at(-1);
  if (last) return statusOfCommand(last);
  if (state.failures.errors.length > 0) return 'failed';
  return state.hasResults && !state.worksOutside ? 'completed' : 'truncated';
};
