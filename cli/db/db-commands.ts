import type { AddCommand } from '../add-command.ts';
import { addList, addPoints, addShow } from './databases.ts';
import { addRecoveryPointFor, addRecoveryWindow } from './recovery.ts';

export const dbCommands: readonly AddCommand[] = [
  addList,
  addShow,
  addPoints,
  addRecoveryWindow,
  addRecoveryPointFor,
];
