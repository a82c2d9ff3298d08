import type { AddCommand } from '../add-command.ts';
import { addConsent, addExecute, addPlan, addShow } from './plans.ts';
import { addPolicy, addPreview } from './policy.ts';

export const retentionCommands: readonly AddCommand[] = [
  addPolicy,
  addPreview,
  addPlan,
  addShow,
  addConsent,
  addExecute,
];
