import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import type { Database } from '../database.ts';
import { RmanError } from '../rman-error.ts';

const instanceSchema = z.object({
  status: z.enum(['down', 'nomount', 'mounted', 'open']),
  /** The control file comes from a backup: recovery ends where it is told to, and the database opens with RESETLOGS. */
  isControlFileRestored: z.boolean(),
  /** Backups that a crosscheck did not find. */
  expired: z.array(z.string()),
});

/** The instance between two runs of RMAN. Without a file of its own it has its database open. */
export interface Instance {
  status: z.infer<typeof instanceSchema>['status'];
  isControlFileRestored: boolean;
  expired: string[];
  /** The control file, where there is one. */
  database: Database | undefined;
}

const instanceFile = (folder: string): string => join(folder, 'instance.json');

/** The instance that a folder has; of a folder without any what the setting says. */
export const readInstance = (folder: string, without: 'open' | 'down'): Omit<Instance, 'database'> => {
  const path = instanceFile(folder);
  if (existsSync(path)) return instanceSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  return { status: without, isControlFileRestored: false, expired: [] };
};

export const saveInstance = (
  folder: string,
  { status, isControlFileRestored, expired }: Omit<Instance, 'database'>,
): void => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(instanceFile(folder), JSON.stringify({ status, isControlFileRestored, expired }));
};

/** The database of an instance that has it mounted. */
export const mountedDatabase = ({ status, database }: Instance): Database => {
  if (status === 'down') throw new RmanError(['ORA-01034: ORACLE not available']);
  if (status === 'nomount' || database === undefined)
    throw new RmanError(['ORA-01507: database not mounted']);
  return database;
};
