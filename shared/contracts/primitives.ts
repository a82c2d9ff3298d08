import * as z from 'zod';
import { roles } from '../domain/access.ts';
import type {
  AlertId,
  CredentialId,
  MountId,
  RequestId,
  RestoreId,
  ScheduleId,
  StoreId,
  UploadId,
} from '../domain/ids.ts';
import { idPatterns } from '../domain/ids.ts';
import type { Instant } from '../domain/instant.ts';

const id = <T extends string>(pattern: RegExp, title: string, prefix = '') =>
  z
    .string()
    .regex(pattern, `is no ${title}, such as ${prefix}01ARZ3NDEKTSV4RRFFQ69G5FAV`)
    .transform((text) => text as T)
    .meta({ title });

export const storeId = id<StoreId>(idPatterns.store, 'StoreId', 'sto-');
export const mountId = id<MountId>(idPatterns.mount, 'MountId', 'mnt-');
export const uploadId = id<UploadId>(idPatterns.upload, 'UploadId');
export const restoreId = id<RestoreId>(idPatterns.restore, 'RestoreId', 'rst-');
export const alertId = id<AlertId>(idPatterns.alert, 'AlertId', 'alr-');
export const requestId = id<RequestId>(idPatterns.request, 'RequestId', 'bkr-');
export const scheduleId = id<ScheduleId>(idPatterns.schedule, 'ScheduleId', 'sch-');
export const credentialId = id<CredentialId>(idPatterns.credential, 'CredentialId', 'key-');
/** As RMAN prints it. */
export const databaseId = z
  .string()
  .regex(/^\d{1,15}$/, 'is no DBID: a number of 1 to 15 digits')
  .meta({ description: 'The DBID.' });
export const role = z.enum(roles);

/** RFC 3339 in UTC with milliseconds, as the service writes it. */
export const instant = z.iso
  .datetime({ precision: 3, error: 'is not a moment like 2026-01-31T12:00:00.000Z' })
  .transform((text) => text as Instant)
  .meta({ title: 'Instant', examples: ['2026-01-31T12:00:00.000Z'] });

export const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'is no SHA-256: 64 digits of 0-9 and a-f');
/** A count or a number of bytes. */
export const count = z.int().min(0);
/** Counts up from 1. */
export const ordinal = z.int().min(1);

/** Names of stores and mounts: one path segment on every system, and never `.` or `..`. */
export const resourceName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
    'is no name: letters, digits, dot, underscore and hyphen, at most 63, and a letter or digit first',
  )
  .meta({
    description: 'Letters, digits, dot, underscore and hyphen; begins with a letter or digit; at most 63.',
  });

/** What a program reports, such as the message of an error. Half a surrogate pair has no UTF-8 and could not be kept. */
export const text = (maxLength: number) =>
  z
    .string()
    .min(1)
    .max(maxLength)
    .refine((each) => each.isWellFormed(), 'must be text, without halves of surrogate pairs');

const visible = '[^\\u0000-\\u001f\\u007f-\\u009f]*';

/** What people write and programs show in a line. */
export const line = (maxLength: number) =>
  text(maxLength).regex(new RegExp(`^${visible}$`), 'must be one line, without control characters');

/** `#w #d #h #m` (m is minutes) or `never`; read by `parseExpire`, which says best what is wrong. */
export const expire = z
  .string()
  .min(1)
  .max(60)
  .meta({
    examples: ['2w 3d', 'never'],
    pattern: String.raw`^(never|(\d{1,9}[wdhm]\s{0,9}){1,4})$`,
  });

/** A query's numbers are text; only digits are one, as hexadecimal, exponents and blanks are likely mistakes. */
const digits = (value: unknown) =>
  typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;

export const pageQuery = z.object({
  limit: z.preprocess(digits, z.int().min(1).max(1000)).default(100).meta({ default: 100 }),
  cursor: z.string().max(2048).optional().meta({ description: 'The cursor of the page before.' }),
});

export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), cursor: z.string().optional() });
