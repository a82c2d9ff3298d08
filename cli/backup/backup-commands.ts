import type { AddCommand } from '../add-command.ts';
import { addDelete, addDeleteUnusable, addExpire } from './change.ts';
import { addList, addShow } from './list.ts';
import { addAbort, addProgress, addStart } from './run.ts';

export const backupCommands: readonly AddCommand[] = [
  addStart,
  addProgress,
  addAbort,
  addList,
  addShow,
  addExpire,
  addDelete,
  addDeleteUnusable,
];
