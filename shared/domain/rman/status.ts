import type { CommandDraft } from './commands.ts';
import type { LogState } from './log-state.ts';
import type { Status } from './map.ts';

/** How one command ended. */
export const statusOfCommand = ({ state, hasGap }: CommandDraft): Status => {
  if (state === 'failed') return 'failed';
  return state === 'open' || hasGap ? 'truncated' : 'completed';
};

/** How one run ended: by its last backup command, or by what kept it from having one. */
export const statusOfRun = (state: LogState, run: number): Status | undefined => {
  const commands = state.commands.all.filter((command) => command.run === run);
  const lastBackup = commands.findLast(({ isBackup }) => isBackup);
  if (state.runs.all[run]?.hasFailedOutside && (!lastBackup || statusOfCommand(lastBackup) !== 'completed'))
    return 'failed';
  if (lastBackup) return statusOfCommand(lastBackup);
  return undefined;
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
  for (let run = state.runs.all.length - 1; run >= 0; run -= 1) {
    const status = statusOfRun(state, run);
    if (status !== undefined) return status;
  }
  const last = state.commands.all.at(-1);
  if (last) return statusOfCommand(last);
  if (state.failures.errors.length > 0) return 'failed';
  return state.hasResults && !state.worksOutside ? 'completed' : 'truncated';
};
