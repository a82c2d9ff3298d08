import type { AddCommand } from '../add-command.ts';
import { addCreate } from './create.ts';
import { addImport, addKit } from './kit.ts';
import { addCheck, addRenew, addRotate } from './mounts.ts';
import { addShow } from './show.ts';

/** `holdfast key COMMAND`; on a gateway's host `holdfast-gateway key COMMAND`. */
export const keyCommands: readonly AddCommand[] = [
  ...[addCreate, addShow, addKit, addImport],
  ...[addCheck, addRotate, addRenew],
];

export const keySummary = 'keys of mounts that are encrypted before anything leaves the site';
