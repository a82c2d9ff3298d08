import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a running local AWS tells other processes about itself. Its keys are in the data folder, in one place only. */
export interface RunningState {
  readonly startedAt: string;
  readonly region: string;
  readonly accountId: string;
  /** By the name of the service. */
  readonly endpoints: Readonly<Record<string, string>>;
  readonly caFile?: string;
  /** By the name of the program. */
  readonly versions: Readonly<Record<string, string>>;
}

const fileOf = (path: string): string => join(path, 'running.json');

/** Replaced as a whole: who reads it meanwhile reads one or the other. */
export const writeRunningState = (path: string, state: RunningState): void => {
  const draft = `${fileOf(path)}.new`;
  writeFileSync(draft, `${JSON.stringify(state, null, 2)}\n`);
  renameSync(draft, fileOf(path));
};

export const removeRunningState = (path: string): void => rmSync(fileOf(path), { force: true });

/** Nothing while it starts or stops. What a killed process left behind counts only while the folder is taken. */
export const readRunningState = (path: string): RunningState | undefined => {
  try {
    return JSON.parse(readFileSync(fileOf(path), 'utf8')) as RunningState;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
};
