import type { AddCommand } from '../add-command.ts';
import { addList, addPoints, addShow } from './databases.ts';

export const dbCommands: readonly AddCommand[] = [addList, addShow, addPoints];
