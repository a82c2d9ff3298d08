import { isUtf8 } from 'node:buffer';
import * as z from 'zod';
import { idPatterns, type MountId, type UploadId } from '../ids.ts';
import type { Instant } from '../instant.ts';
import { isLeafSize } from './digest.ts';
import { keyIdPattern, type WrappedDataKey } from './encryption/data-key.ts';
import { checkEntryPath } from './entry-path.ts';
import { damaged, unsupported } from './errors.ts';
import { maxObjectNumber } from './keys.ts';
import { type ManifestEntry, type ManifestHeader, type ManifestRow, skipReasons } from './manifest-rows.ts';

const format = 'holdfast-manifest';
const version = 1;
const algorithm = 'aes-256-gcm';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.int().min(0);
const positive = z.int().min(1);
const objectNumber = z.int().min(1).max(maxObjectNumber);
const uploadId = z.custom<UploadId>(
  (text) => typeof text === 'string' && idPatterns.upload.test(text),
  'is no upload id',
);
const mountId = z.custom<MountId>(
  (text) => typeof text === 'string' && idPatterns.mount.test(text),
  'is no mount id',
);
const instant = z.custom<Instant>(isInstant, 'is no instant');
const pair = z.tuple([count, positive]).readonly();

function isInstant(text: unknown): boolean {
  if (typeof text !== 'string' || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(text)) return false;
  const time = Date.parse(text);
  return !Number.isNaN(time) && new Date(time).toISOString() === text;
}

const totals = z.strictObject({
  objects: count,
  logs: count,
  entries: count,
  files: count,
  bytes: count,
  skipped: count,
});

const header = z.strictObject({
  mountId,
  uploadId,
  parent: z.strictObject({ uploadId, manifestSha256: sha256 }).nullable(),
  clocks: z.strictObject({ requestedAt: instant, storeAt: instant, serviceAt: instant }),
  snapshot: z.strictObject({ name: z.string().min(1).max(255) }),
  totals,
});

const stored = { owner: uploadId, number: objectNumber, sha256, storedBytes: positive };
const encryption = z.strictObject({
  generation: z
    .int()
    .min(1)
    .max(2 ** 32 - 1),
  firstUploadId: uploadId,
  keyId: z.string().regex(keyIdPattern),
  wrapped: z.base64().min(1).max(4096),
});

const object = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('map'),
    ...stored,
    tableSha256: sha256,
    segments: z.array(pair).min(1).readonly(),
  }),
  z.strictObject({
    kind: z.literal('pack'),
    ...stored,
    tableSha256: sha256,
    rawBytes: positive,
    referencedBytes: positive,
  }),
]);

const log = z.strictObject({
  number: objectNumber,
  sha256,
  storedBytes: positive,
  codec: z.enum(['none', 'zstd']),
  rawBytes: count,
  mountpoint: z.string(),
  platform: z.enum(['linux', 'windows']),
  fileName: z.string(),
  receivedAt: instant,
});

/** Paths and link targets arrive as Buffers: `decodeBytes` has replaced the two forms that JSON has for them. */
const rawBytes = z.custom<Buffer>(Buffer.isBuffer, 'is missing');
const path = { path: rawBytes };
const id32 = z
  .int()
  .min(0)
  .max(2 ** 32 - 1);
const inode = {
  ...path,
  mode: z.int().min(0).max(0o7777),
  uid: id32,
  gid: id32,
  mtimeNs: z
    .string()
    .regex(/^(0|-?[1-9]\d{0,19})$/)
    .transform(BigInt),
};
const segmentRef = z.strictObject({ sha256, owner: uploadId, number: objectNumber, index: count }).readonly();
const entry = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('file'),
    ...inode,
    size: count,
    leafBytes: z.int().refine(isLeafSize, 'is no leaf size'),
    digest: sha256,
    holes: z.array(pair).readonly(),
    segments: z.array(segmentRef).readonly(),
    linkGroup: positive.exactOptional(),
  }),
  z.strictObject({ type: z.literal('directory'), ...inode }),
  z.strictObject({ type: z.literal('symlink'), ...inode, target: rawBytes }),
  z.strictObject({ type: z.literal('hardlink'), ...path, linkGroup: positive }),
  z.strictObject({ type: z.literal('skipped'), ...path, reason: z.enum(skipReasons) }),
]);

/** One row as its line, with the newline. */
export const encodeRow = (row: ManifestRow): string => `${JSON.stringify(toJson(row))}\n`;

function toJson(row: ManifestRow): object {
  switch (row.row) {
    case 'manifest': {
      const { encryption: dataKey, ...rest } = row.header;
      const encrypted = dataKey ? { algorithm, ...dataKey } : null;
      return { row: 'manifest', format, version, features: [], encryption: encrypted, ...rest };
    }
    case 'object':
      return { row: 'object', ...row.object };
    case 'log':
      return { row: 'log', ...row.log };
    case 'entry':
      return entryToJson(row.entry);
    case 'end':
      return { row: 'end', totals: row.totals, ...(row.mac !== undefined && { mac: row.mac }) };
  }
}

function entryToJson({ type, path: name, ...rest }: ManifestEntry): object {
  const fields = { row: 'entry', type, ...encodeBytes('path', name) };
  if (!('mtimeNs' in rest)) return { ...fields, ...rest };
  const inodeFields = { ...rest, mtimeNs: String(rest.mtimeNs) };
  if (!('target' in rest)) return { ...fields, ...inodeFields };
  const { target, ...others } = { ...inodeFields, target: rest.target };
  return { ...fields, ...others, ...encodeBytes('target', target) };
}

/** Text where the bytes are UTF-8, base64 in a field of another name where they are not. */
const encodeBytes = (field: string, bytes: Buffer): Record<string, string> =>
  isUtf8(bytes) ? { [field]: bytes.toString() } : { [`${field}Base64`]: bytes.toString('base64') };

/** Reads one line; `name` says object and line in errors. */
export function decodeRow(line: Buffer, name: string): ManifestRow {
  const { row, ...fields } = parseLine(line, name);
  switch (row) {
    case 'manifest':
      return { row, header: decodeHeader(fields, name) };
    case 'object':
      return { row, object: check(object, fields, name) };
    case 'log':
      return { row, log: check(log, fields, name) };
    case 'entry':
      return { row, entry: decodeEntry(fields, name) };
    case 'end':
      return { row, ...check(z.strictObject({ totals, mac: sha256.exactOptional() }), fields, name) };
    default:
      throw damaged(name, `is a row of the unknown kind ${JSON.stringify(row)}`);
  }
}

function parseLine(line: Buffer, name: string): Record<string, unknown> {
  if (!isUtf8(line)) throw damaged(name, 'is not UTF-8');
  let value: unknown;
  try {
    value = JSON.parse(line.toString());
  } catch (error) {
    throw damaged(name, 'is not JSON', error);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw damaged(name, 'is not an object');
  return { ...value };
}

function decodeHeader(fields: Record<string, unknown>, name: string): ManifestHeader {
  const { format: foundFormat, version: foundVersion, features, encryption: dataKey, ...rest } = fields;
  if (foundFormat !== format) throw damaged(name, `is not the header of a ${format}`);
  if (foundVersion !== version) {
    const found = JSON.stringify(foundVersion);
    throw unsupported(name, `is a manifest of version ${found}; this reader knows version ${version}`);
  }
  if (!Array.isArray(features)) throw damaged(name, 'has no list of features');
  if (features.length > 0)
    throw unsupported(name, `uses features this reader does not know: ${features.join(', ')}`);
  const found = check(header, rest, name);
  return dataKey === null ? found : { ...found, encryption: decodeEncryption(dataKey, name) };
}

function decodeEncryption(dataKey: unknown, name: string): WrappedDataKey {
  if (typeof dataKey !== 'object' || dataKey === null)
    throw damaged(name, 'does not say how it is encrypted');
  const { algorithm: found, ...rest } = { algorithm: undefined, ...dataKey };
  if (found === algorithm) return check(encryption, rest, name);
  throw unsupported(name, `is encrypted with ${JSON.stringify(found)}, which this reader does not know`);
}

function decodeEntry(fields: Record<string, unknown>, name: string): ManifestEntry {
  const withPath = decodeBytes('path', fields, name);
  const found = check(
    entry,
    fields.type === 'symlink' ? decodeBytes('target', withPath, name) : withPath,
    name,
  );
  checkEntryPath(found.path, name);
  return found;
}

function decodeBytes(field: string, fields: Record<string, unknown>, name: string): Record<string, unknown> {
  const { [field]: text, [`${field}Base64`]: base64, ...rest } = fields;
  if (typeof text === 'string' && base64 === undefined && text.isWellFormed()) {
    return { ...rest, [field]: Buffer.from(text) };
  }
  if (typeof base64 === 'string' && text === undefined) {
    const bytes = Buffer.from(base64, 'base64');
    // One path, one form: else two rows could name one file.
    if (bytes.toString('base64') === base64 && !isUtf8(bytes)) return { ...rest, [field]: bytes };
  }
  throw damaged(name, `has no proper ${field}`);
}

function check<T>(schema: z.ZodType<T>, fields: unknown, name: string): T {
  const result = schema.safeParse(fields);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw damaged(name, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'does not have its form'}`);
}
