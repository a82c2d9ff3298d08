import type { AddCommand } from '../add-command.ts';
import { addCheckAge } from './checkage.ts';
import { addClean } from './clean.ts';
import { addClone } from './clone.ts';
import { addDropClone, addListClones } from './clones.ts';
import { addCreate } from './create.ts';
import { addList } from './list.ts';

export const snapshotCommands: readonly AddCommand[] = [
  addList,
  addCreate,
  addClone,
  addListClones,
  addDropClone,
  addClean,
  addCheckAge,
];
