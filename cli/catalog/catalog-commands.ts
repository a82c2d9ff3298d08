import type { AddCommand } from '../add-command.ts';
import { addRebuild, addSignOff } from './rebuild.ts';

export const catalogCommands: readonly AddCommand[] = [addRebuild, addSignOff];
