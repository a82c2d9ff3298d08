import type { MultipartFile, MultipartValue } from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { LogSpool, SpooledLog } from '../backups/log-spool.ts';
import { ownError, type ProtocolError } from './errors.ts';

const maxFieldBytes = 4096;

const fields = z
  .strictObject({
    file: z.string().min(1, 'is empty').exactOptional(),
    mountpoint: z.string('is missing').min(1, 'is empty').max(1024),
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
    for await (const part of request.parts({ limits: { files: 1, parts: 10, fieldSize: maxFieldBytes } })) {
      if (values.has(part.fieldname) || (part.fieldname === 'file' && content)) {
        throw malformed(`${part.fieldname} is given twice`);
      }
      if (part.type === 'field') values.set(part.fieldname, textOf(part));
      else {
        content = await receiveFile(part, spool);
        name = part.filename;
      }
    }
    const { file: path, mountpoint, platform } = readFields(values);
    if (content) return { file: { content, name }, mountpoint, platform };
    if (path === undefined) throw malformed('file is missing');
    return { file: { path }, mountpoint, platform };
  } catch (error) {
    if (content) await spool.remove(content.logId);
    throw error;
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
  return spool.receive(part.file);
}

function textOf({ fieldname, value, valueTruncated }: MultipartValue): string {
  if (valueTruncated) throw malformed(`${fieldname} is longer than ${maxFieldBytes} bytes`);
  return String(value);
}

const malformed = (what: string): ProtocolError =>
  ownError('REQUEST_MALFORMED', `Malformed request: ${what}.`);
