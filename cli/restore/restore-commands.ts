import type { AddCommand } from '../add-command.ts';
import { addGuided } from './guided.ts';
import { addDrop, addExtend } from './lease.ts';
import { addPlan } from './plan.ts';
import { addScript } from './script.ts';
import { addCancel, addList, addShow } from './show.ts';
import { addStart } from './start.ts';
import { addWatch } from './watch.ts';

export const restoreCommands: readonly AddCommand[] = [
  addGuided,
  addPlan,
  addStart,
  addWatch,
  addShow,
  addList,
  addCancel,
  addExtend,
  addDrop,
  addScript,
];
