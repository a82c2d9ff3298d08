import { promisify } from 'node:util';
import { zstdCompress, zstdDecompress } from 'node:zlib';
import * as z from 'zod';
import { LogBytesError, type LogParse, readLog, verifyStored } from '../../domain/file-map/read-log.ts';
import type { MountId, UploadId } from '../../domain/ids.ts';
import { expandParams } from '../../domain/vault/compression.ts';
import { damaged, unsupported } from '../../domain/vault/errors.ts';
import { formatVaultKey } from '../../domain/vault/keys.ts';
import { expandStream } from '../../domain/vault/manifest-reader.ts';
import type { LogRow } from '../../domain/vault/manifest-rows.ts';
import { ServiceError } from '../../errors.ts';
import type { Vault } from '../../ports/vault.ts';

interface OfUpload {
  readonly mountId: MountId;
  readonly uploadId: UploadId;
}

/** A parse of more than this names more files than any backup makes; every map of the line would have to carry them. */
const maxParseBytes = 64 * 2 ** 20;

const compress = promisify(zstdCompress);
const expand = promisify(zstdDecompress);

const anyParse = z.looseObject({ version: z.number(), outcome: z.enum(['parsed', 'unreadable']) });

/**
 * The parse of a log, made and stored beside it when there is none yet. Nothing that the log holds makes this fail: a log that cannot
 * be read has a parse that says so, once and for all.
 */
export async function parseOnce(
  vault: Pick<Vault, 'read' | 'putOnce'>,
  upload: OfUpload,
  row: LogRow,
): Promise<LogParse> {
  const known = await loadParse(vault, upload, row);
  if (known !== undefined) return known;
  const parse = await readStoredLog(vault, upload, row);
  const key = parseKey(upload, row);
  const result = await vault.putOnce(key, await encodeParse(parse, row));
  // Whoever came first has said what every map goes by.
  return result.outcome === 'stored' ? parse : decodeParse(result.bytes, key);
}

/** The stored parse of a log; undefined when it was never read. */
export async function loadParse(
  vault: Pick<Vault, 'read'>,
  upload: OfUpload,
  row: Pick<LogRow, 'number' | 'sha256'>,
): Promise<LogParse | undefined> {
  const key = parseKey(upload, row);
  const source = await vault.read(key);
  if (source === undefined) return undefined;
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return decodeParse(Buffer.concat(chunks), key);
}

const parseKey = ({ mountId, uploadId }: OfUpload, { number, sha256 }: Pick<LogRow, 'number' | 'sha256'>) =>
  formatVaultKey({ kind: 'log-map', mountId, uploadId, number, sha256 });

async function readStoredLog(vault: Pick<Vault, 'read'>, upload: OfUpload, row: LogRow): Promise<LogParse> {
  const { mountId, uploadId } = upload;
  const { number, sha256 } = row;
  const key = formatVaultKey({ kind: 'log', mountId, uploadId, number, sha256 });
  const source = await vault.read(key);
  if (source === undefined) throw new ServiceError('VAULT_OBJECT_MISSING', `${key} is not in the vault`);
  const stored = verifyStored(source, row);
  return readLog(row.codec === 'zstd' ? expandLog(stored, key) : stored, row);
}

/** What is no zstd will never be: that is the log's fault, and no reason to try again. */
async function* expandLog(chunks: AsyncIterable<Uint8Array>, key: string): AsyncGenerator<Uint8Array> {
  try {
    yield* expandStream(chunks, key);
  } catch (error) {
    const isDamaged = error instanceof ServiceError && error.code === 'VAULT_OBJECT_DAMAGED';
    throw isDamaged ? new LogBytesError('its compressed bytes are damaged') : error;
  }
}

async function encodeParse(parse: LogParse, { sha256 }: LogRow): Promise<Buffer> {
  const json = Buffer.from(JSON.stringify(parse));
  if (json.length <= maxParseBytes) return compress(json);
  const reason = `what it says takes ${json.length} bytes; at most ${maxParseBytes} are kept`;
  return encodeParse({ version: 1, sha256, outcome: 'unreadable', reason }, { sha256 } as LogRow);
}

async function decodeParse(bytes: Uint8Array, key: string): Promise<LogParse> {
  let value: unknown;
  try {
    const json = await expand(bytes, { maxOutputLength: maxParseBytes, params: expandParams });
    value = JSON.parse(json.toString());
  } catch (error) {
    throw damaged(key, 'is no parse of a log', error);
  }
  const parse = anyParse.safeParse(value);
  if (!parse.success) throw damaged(key, 'is no parse of a log');
  if (parse.data.version !== 1)
    throw unsupported(key, `is a parse of version ${parse.data.version}; this reads 1`);
  return parse.data as unknown as LogParse;
}
