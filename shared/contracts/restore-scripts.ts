import * as z from 'zod';
import { refusalCodes, scriptKinds } from '../domain/rman-scripts/script-order.ts';
import { line, uploadId } from './primitives.ts';
import { readers, route } from './route.ts';

const digits = (most: number) =>
  z
    .string()
    .regex(new RegExp(`^\\d{1,${most}}$`), 'has to be a whole number')
    .transform(Number);
const name = z.string().min(1).max(128);

/** Date.parse makes the second of March of the thirtieth of February. */
function isMoment(text: string): boolean {
  const millis = Date.parse(`${text.slice(0, 19)}Z`);
  return !Number.isNaN(millis) && new Date(millis).toISOString().startsWith(text.slice(0, 19));
}

/** By the clock of the database's host, or in UTC with its offset beside it. */
const time = z
  .string()
  .regex(
    /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:(?:\.\d{3})?Z)?$/,
    'is neither like 2026-01-31T12:00:00 nor like 2026-01-31T12:00:00Z',
  )
  .refine(isMoment, 'is no such moment');

const scriptQuery = z.object({
  kind: z.enum(scriptKinds).default('sets').meta({
    description:
      'sets: the whole database, its datafiles written anew; copies: run it on the staged image copies; pdb, tablespace, datafile: only that; new-host: the whole database under new names.',
  }),
  stagedAt: line(1024).meta({
    description:
      'The folder with the staged files as the host of the database sees it. Never the one that RMAN backs up to.',
  }),
  time: time.optional().meta({
    description:
      "Where recovery ends: by the clock of the database's host; in UTC, with Z at its end, together with hostOffset. Without an end: as far as is certain.",
  }),
  hostOffset: z
    .string()
    .regex(/^[+-](?:0\d|1[0-4]):[0-5]\d$/, 'is not an offset from UTC like +02:00')
    .optional()
    .meta({ description: "Of the database host's clock from UTC at that time." }),
  scn: digits(15).optional(),
  sequence: digits(9).optional().meta({ description: 'Recovery ends before this archived log.' }),
  thread: digits(4).optional().meta({ description: 'Of the sequence; 1 when it is not given.' }),
  pdb: name.optional(),
  auxiliaryFolder: line(1024).optional().meta({
    description: 'Of kind pdb with an end: where RMAN may make its auxiliary instance.',
  }),
  tablespace: name.optional(),
  datafile: digits(5).optional(),
  newFolder: line(1024)
    .optional()
    .meta({ description: 'Of kind new-host: the folder of the datafiles there.' }),
  atOwnRisk: z
    .enum(['true', 'false'])
    .optional()
    .meta({ description: 'Write the script although it may not work.' }),
});

export type ScriptQuery = z.output<typeof scriptQuery>;

export const restoreScriptRoutes = {
  makeRestoreScript: route({
    method: 'GET',
    path: '/v1/recovery-points/{recoveryPointId}/databases/{dbid}/restore-script',
    area: 'databases-api',
    roles: readers,
    summary: "Write the RMAN scripts that restore a database from a recovery point's staged files.",
    params: z.object({
      recoveryPointId: uploadId,
      dbid: z.string().regex(/^(?:\d{1,15}|unknown)$/, 'is neither a DBID nor unknown'),
    }),
    query: scriptQuery,
    status: 200,
    response: z.object({
      recoveryPointId: uploadId,
      dbid: z.string(),
      kind: z.enum(scriptKinds),
      outcome: z.enum(['ready', 'at-own-risk', 'refused']).meta({
        description: 'refused: the refusals say why, and files has only what there is to read.',
      }),
      refusals: z.array(
        z.object({
          code: z.enum(refusalCodes),
          isFinal: z.boolean().meta({ description: 'atOwnRisk does not help.' }),
          text: z.string(),
        }),
      ),
      missing: z.array(z.string()).meta({ description: 'What the point does not have.' }),
      files: z.array(z.object({ name: z.string(), text: z.string() })),
    }),
  }),
} as const;
