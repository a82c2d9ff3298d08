import type { AddCommand } from '../add-command.ts';
import { addCheck } from './check.ts';
import { addExport } from './export.ts';

export const auditCommands: readonly AddCommand[] = [addExport, addCheck];
