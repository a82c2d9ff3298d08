import type { AddCommand } from '../add-command.ts';
import { addBackupCreate, addCreate } from './create.ts';
import { addBackupDelete, addBackupList, addBackupListInstance, addBackupShow } from './list.ts';

export const troveCommands: readonly AddCommand[] = [
  addBackupCreate,
  addBackupList,
  addBackupListInstance,
  addBackupShow,
  addBackupDelete,
  addCreate,
];
