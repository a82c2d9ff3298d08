import type { MultipartFile, MultipartValue } from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import * as z from 'zod';
import type { LogSpool, SpooledLog } from '../backups/log-spool.ts';
import { systemCode } from '../file-errors.ts';
import { ownError, type ProtocolError } from './errors.ts';

const maxFieldBytes = 4096;
/** There are three fields; a few more show which of them is wrong. */
const maxParts = 10;
/** The spool has a limit of its own; without one here it would be that of other bodies, 1 MiB. */
const limits = { files: 1, parts: maxParts, fieldSize: maxFieldBytes, fileSize: Number.POSITIVE_INFINITY };

/** What a file system takes as a name. */
const maxNameBytes = 255;

const fields = z
  .strictObject({
    file: z.string().min(1, 'is empty').exactOptional(),
    mountpoint: z
      .string('is missing')
      .min(1, 'is empty')
      .max(1024)
      .regex(/^\P{Cc}*$/u, 'has control characters'),
    platform: z.enum(['linux', 'windows'], 'must be linux or windows'),
  })
  .refine(
    ({ mountpoint, platform }) => (platform === 'linux' ? /^\//u : /^([a-z]:|\\\\)/iu).test(mountpoint),
    {
      path: ['mountpoint'],
      message: 'must be an absolute path on the platform',
    },
  );

/** What an uploadlog call brings: the log's content, or the path of a log in the mount. */
export interface LogForm {
  readonly file: { readonly content: SpooledLog; readonly name: string } | { readonly path: string };
  readonly mountpoint: string;
  readonly platform: 'linux' | 'windows';
}

/** Reads the form; its fields may come in any order, so the content is spooled before they are all known. */
export async function readLogForm(request: FastifyRequest, spool: LogSpool): Promise<LogForm> {
  if (!request.isMultipart()) throw malformed('send multipart/form-data with file, mountpoint and platform');
  const values = new Map<string, string>();
  let content: SpooledLog | undefined;
  let name = '';
  try {
    for await (const part of request.parts({ limits })) {
      if (part.fieldname === undefined) throw malformed('a part of the form has no name');
      if (values.has(part.fieldname) || (part.fieldname === 'file' && content)) {
        throw malformed(`${part.fieldname} is given twice`);
      }
      if (part.type === 'field') values.set(part.fieldname, textOf(part));
      else {
        content = await receiveFile(part, spool);
        name = nameOf(part.filename);
      }
    }
    const { file: path, mountpoint, platform } = readFields(values);
    if (content) return { file: { content, name }, mountpoint, platform };
    if (path === undefined) throw malformed('file is missing');
    return { file: { path }, mountpoint, platform };
  } catch (error) {
    if (content) await spool.remove(content.logId);
    throw isOfParser(error) ? malformed(reasonOf(error)) : error;
  } finally {
    // What is left of a refused form is read and dropped: the client reads our answer only after it has sent it.
    request.raw.resume();
  }
}

function readFields(values: ReadonlyMap<string, string>): z.output<typeof fields> {
  const result = fields.safeParse(Object.fromEntries(values));
  if (result.success) return result.data;
  throw malformed(
    result.error.issues.map(({ path, message }) => [...path, message].join(' ').trim()).join('; '),
  );
}

async function receiveFile(part: MultipartFile, spool: LogSpool): Promise<SpooledLog> {
  if (part.fieldname !== 'file') throw malformed(`${part.fieldname} must not be a file`);
  // The parser does not decode: what is stored would not be the log.
  if (!/^([78]bit|binary)$/iu.test(part.encoding))
    throw malformed(`file is sent as ${part.encoding}: send it as it is`);
  return spool.receive(part.file);
}

/** The last part of a name as the client's system writes it; it is shown, and never a path here. */
function nameOf(given: string | undefined): string {
  const name = given
    ?.split(/[\\/]/u)
    .at(-1)
    ?.replaceAll(/\p{Cc}/gu, '_');
  if (!name) return 'rman.log';
  return Buffer.from(name)
    .subarray(0, maxNameBytes)
    .toString()
    .replace(/\uFFFD$/u, '');
}

function textOf({ fieldname, value, valueTruncated }: MultipartValue): string {
  if (valueTruncated) throw malformed(`${fieldname} is longer than ${maxFieldBytes} bytes`);
  // Said to be JSON, it was parsed.
  if (typeof value !== 'string') throw malformed(`${fieldname} must be plain text`);
  return value;
}

/** An error of the form itself, not of the disk (which names a system call) and no mistake of ours. */
const isOfParser = (error: unknown): error is Error & { readonly code?: string } =>
  error instanceof Error &&
  !('syscall' in error) &&
  ('statusCode' in error ||
    systemCode(error) === 'ECONNRESET' ||
    Object.getPrototypeOf(error) === Error.prototype);

/** The parser's limits in words of the form. */
const reasonByCode: Readonly<Record<string, string>> = {
  FST_FILES_LIMIT: 'file is given twice',
  FST_PARTS_LIMIT: `the form has more than ${maxParts} parts`,
  FST_PROTO_VIOLATION: 'a field has a name that is none of file, mountpoint and platform',
  FST_INVALID_JSON_FIELD_ERROR: 'a field is said to be JSON: send plain text',
  FST_MP_PREMATURE_CLOSE: 'the form broke off',
  ECONNRESET: 'the form broke off',
};

const reasonOf = ({ code, message }: Error & { readonly code?: string }): string =>
  reasonByCode[code ?? ''] ?? `the form cannot be read (${message})`;

const malformed = (what: string): ProtocolError =>
  ownError('REQUEST_MALFORMED', `Malformed request: ${what}.`);
