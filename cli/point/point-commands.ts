import type { AddCommand } from '../add-command.ts';
import { addAdditional, addDoubts } from './additional.ts';
import { addDatabases } from './databases.ts';
import { addFiles, addMissing } from './files.ts';

export const pointCommands: readonly AddCommand[] = [
  addDatabases,
  addFiles,
  addAdditional,
  addMissing,
  addDoubts,
];
