import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { zstdCompress } from 'node:zlib';
import type { Instant } from '../../../shared/domain/instant.ts';
import { sha256Hex } from '../../../shared/domain/vault/digest.ts';
import type { LogRow } from '../../../shared/domain/vault/manifest-rows.ts';
import { MoverError } from '../errors.ts';
import type { ObjectTarget } from '../ports.ts';

export interface LogToUpload {
  /** Where the gateway keeps it. */
  readonly path: string;
  /** As the client sent it; the last part of `path` when it sent none. */
  readonly fileName?: string;
  readonly mountpoint: string;
  readonly platform: 'linux' | 'windows';
  readonly receivedAt: string;
}

/** Logs up to here are stored as sent, so that a person can read them straight from the bucket. */
const asSentBytes = 2 ** 20;
/** A day of RMAN with hundreds of datafiles writes a few MiB; this is not a log any more. */
const maxLogBytes = 256 * 2 ** 20;

const compress = promisify(zstdCompress);

/** Stores the logs in the order given and answers their rows. */
export async function uploadLogs(logs: readonly LogToUpload[], target: ObjectTarget): Promise<LogRow[]> {
  const rows: LogRow[] = [];
  for (const log of logs) rows.push(await uploadLog(log, rows.length + 1, target));
  return rows;
}

async function uploadLog(log: LogToUpload, number: number, target: ObjectTarget): Promise<LogRow> {
  const { bytes, row } = await encodeLog(log);
  const { sha256, storedBytes: sizeBytes } = row;
  await target.put({ kind: 'log', number, sha256, sizeBytes }, bytes);
  return { number, ...row };
}

/** What is stored of a log, and its row but for the number. */
export async function encodeLog(
  log: LogToUpload,
): Promise<{ readonly bytes: Buffer; readonly row: Omit<LogRow, 'number'> }> {
  const { size } = await stat(log.path);
  if (size > maxLogBytes) {
    throw new MoverError(
      'SNAPSHOT_LOG_TOO_LARGE',
      log.path,
      `has ${size} bytes; a log has at most ${maxLogBytes}`,
    );
  }
  const raw = await readFile(log.path);
  // An empty object cannot be put: the service signs lengths from 1.
  const isAsSent = raw.length > 0 && raw.length <= asSentBytes;
  const bytes = isAsSent ? raw : await compress(raw);
  const row = {
    sha256: sha256Hex(bytes),
    storedBytes: bytes.length,
    codec: isAsSent ? ('none' as const) : ('zstd' as const),
    rawBytes: raw.length,
    mountpoint: log.mountpoint,
    platform: log.platform,
    fileName: log.fileName ?? basename(log.path),
    receivedAt: log.receivedAt as Instant,
  };
  return { bytes, row };
}
