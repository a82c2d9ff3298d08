import { isAbsolute } from 'node:path';
import * as z from 'zod';

const integer = (least: number, most: number) => z.coerce.number().int().min(least).max(most);

const environmentSchema = z.object({
  FAKE_RMAN_DATABASE: z
    .string({ error: 'is missing: name the folder of the simulated database' })
    .refine(isAbsolute, {
      error: 'must be an absolute path',
    }),
  FAKE_RMAN_DB_NAME: z
    .string()
    .regex(/^[A-Z][A-Z0-9]{0,7}$/, { error: 'must be 1 to 8 capitals and digits' })
    .optional(),
  FAKE_RMAN_SEED: integer(0, 0xffff_ffff).optional(),
  FAKE_RMAN_SIZE_MIB: integer(9, 1_048_576).optional(),
  FAKE_RMAN_LOG_MIB: integer(1, 65_536).optional(),
  FAKE_RMAN_DATAFILES: z.string().refine(isAbsolute, { error: 'must be an absolute path' }).optional(),
  FAKE_RMAN_PDB: z
    .string()
    .regex(/^[A-Z][A-Z0-9_]{0,29}$/, { error: 'must be 1 to 30 capitals, digits and _' })
    .optional(),
  FAKE_RMAN_THREADS: integer(1, 8).optional(),
  FAKE_RMAN_INSTANCE: z.enum(['open', 'down']).default('open'),
  FAKE_RMAN_CHANGE_SHARE: z.coerce.number().min(0).max(1).default(0.02),
  FAKE_RMAN_NOW: z.iso.datetime({ offset: true }).optional(),
  FAKE_RMAN_FAIL: z.enum(['connect', 'copy', 'archivelog']).optional(),
  FAKE_RMAN_DELAY_MS_PER_MIB: integer(0, 60_000).default(0),
  NLS_DATE_FORMAT: z.string().default('DD-MON-RR'),
});

export type Settings = z.infer<typeof environmentSchema>;

/** Reads the stand-in's settings; throws an Error that lists every bad one. */
export const readSettings = (environment: NodeJS.ProcessEnv): Settings => {
  const unknown = Object.keys(environment).filter(
    (name) => name.startsWith('FAKE_RMAN_') && !(name in environmentSchema.shape),
  );
  const parsed = environmentSchema.safeParse(environment);
  const problems = [
    ...unknown.map((name) => `${name} is not a setting`),
    ...(parsed.error?.issues ?? []).map(({ path, message }) => `${path.join('.')} ${message}`),
  ];
  if (!parsed.success || problems.length > 0) throw new Error(problems.join('\n'));
  return parsed.data;
};
