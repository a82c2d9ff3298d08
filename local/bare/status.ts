import { readAdminKey } from '../assembly/credentials.ts';
import { isFolderTaken, readOwner } from '../assembly/data-folder.ts';
import { countThings } from './counts.ts';
import { awsFolderOf } from './local-folder.ts';
import { type RunningState, readRunningState } from './running-state.ts';

export interface ServiceStatus {
  readonly endpoint: string;
  /** What it holds, in the plural, and how many. Absent where the service does not say. */
  readonly holds?: { readonly what: string; readonly count: number };
}

export type LocalStatus =
  | { readonly state: 'stopped' }
  | { readonly state: 'starting or stopping'; readonly pid?: number }
  | {
      readonly state: 'running';
      readonly pid?: number;
      readonly facts: RunningState;
      readonly services: Readonly<Record<string, ServiceStatus>>;
    };

/** What runs on a data folder. Looks without touching anything. */
export const readStatus = async (folder: string): Promise<LocalStatus> => {
  if (!isFolderTaken(folder)) return { state: 'stopped' };
  const facts = readRunningState(folder);
  const owner = readOwner(folder);
  const pid = owner === undefined ? {} : { pid: owner };
  if (facts === undefined) return { state: 'starting or stopping', ...pid };

  const { region, accountId, caFile } = facts;
  const credentials = readAdminKey(awsFolderOf(folder), accountId);
  const look = async (name: string, endpoint: string): Promise<ServiceStatus> => {
    const holds = credentials && (await countThings(name, { endpoint, region, credentials, caFile }));
    return { endpoint, ...(holds && { holds }) };
  };
  const services = await Promise.all(
    Object.entries(facts.endpoints).map(
      async ([name, endpoint]) => [name, await look(name, endpoint)] as const,
    ),
  );
  return { state: 'running', ...pid, facts, services: Object.fromEntries(services) };
};
