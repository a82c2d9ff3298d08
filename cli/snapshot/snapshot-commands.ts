import type { AddCommand } from '../add-command.ts';
import { addCheckAge } from './checkage.ts';
import { addList } from './list.ts';

export const snapshotCommands: readonly AddCommand[] = [addList, addCheckAge];
