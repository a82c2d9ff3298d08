import type { AddCommand } from '../add-command.ts';
import { addAdditional, addDoubts } from './additional.ts';
import { addDatabases } from './databases.ts';
import { addDelete, addUndelete, addWhy } from './delete.ts';
import { addFiles, addMissing } from './files.ts';

export const pointCommands: readonly AddCommand[] = [
  addDatabases,
  addFiles,
  addAdditional,
  addMissing,
  addDoubts,
  addWhy,
  addDelete,
  addUndelete,
];
