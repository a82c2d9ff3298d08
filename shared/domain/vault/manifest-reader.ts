import { timingSafeEqual } from 'node:crypto';
import { pipeline } from 'node:stream';
import { createZstdDecompress } from 'node:zlib';
import { expandParams } from './compression.ts';
import type { MountKeys } from './encryption/mount-keys.ts';
import { damaged } from './errors.ts';
import { ManifestChecks } from './manifest-checks.ts';
import { decodeRow } from './manifest-json.ts';
import type { LogRow, ManifestHeader, ManifestRow, ObjectRow } from './manifest-rows.ts';

/** A line of this length holds the segments of a file of 100 TB. */
const maxLineBytes = 64 * 2 ** 20;
const newline = 0x0a;

type Chunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/**
 * The rows of a manifest in their order, each checked against those before it. Stopping early is allowed and releases
 * the source; only a caller who reads to the end knows that the manifest is whole and, with `keys`, that the gateways of
 * its mount have written it.
 */
export async function* readManifest(
  source: Chunks,
  object: string,
  keys?: Pick<MountKeys, 'startManifestMac'>,
): AsyncGenerator<ManifestRow> {
  const checks = new ManifestChecks(object);
  const mac = keys?.startManifestMac();
  let number = 0;
  for await (const line of linesOf(expandStream(source, object), object)) {
    number++;
    const row = decodeRow(line, `${object} line ${number}`);
    checks.accept(row);
    if (row.row !== 'end') mac?.update(line).update('\n');
    else if (mac && !isEqual(mac.digest(), row.mac))
      throw damaged(object, 'was not written with the key of its mount: its MAC is another');
    yield row;
  }
  checks.end();
}

const isEqual = (mac: Buffer, found = ''): boolean => {
  const given = Buffer.from(found, 'hex');
  return given.length === mac.length && timingSafeEqual(given, mac);
};

export interface ManifestHead {
  readonly header: ManifestHeader;
  readonly objects: readonly ObjectRow[];
  readonly logs: readonly LogRow[];
}

/** What stands before the entries; reads no further than the first of them. */
export async function readManifestHead(source: Chunks, object: string): Promise<ManifestHead> {
  let header: ManifestHeader | undefined;
  const objects: ObjectRow[] = [];
  const logs: LogRow[] = [];
  for await (const row of readManifest(source, object)) {
    if (row.row === 'manifest') header = row.header;
    else if (row.row === 'object') objects.push(row.object);
    else if (row.row === 'log') logs.push(row.log);
    else break;
  }
  if (!header) throw damaged(object, 'has no header');
  if (objects.length !== header.totals.objects || logs.length !== header.totals.logs) {
    throw damaged(object, 'has tables of another length than its header says');
  }
  return { header, objects, logs };
}

/** The bytes in a zstd frame. */
export async function* expandStream(source: Chunks, object: string): AsyncGenerator<Buffer> {
  const stream = createZstdDecompress({ params: expandParams });
  // Errors reach the reader through the stream itself; ending early is no error.
  pipeline(source, stream, () => {});
  try {
    for await (const chunk of stream) yield chunk as Buffer;
  } catch (error) {
    const isZstd = error instanceof Error && 'code' in error && /^(Z_|ZSTD_)/.test(String(error.code));
    throw isZstd ? damaged(object, 'cannot be decompressed', error) : error;
  }
}

/** The lines of a text whose last line has an end too. */
export async function* linesOf(chunks: AsyncIterable<Buffer>, object: string): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      yield Buffer.concat([...parts, chunk.subarray(start, end)]);
      [parts, length, start] = [[], 0, end + 1];
    }
    parts.push(chunk.subarray(start));
    length += chunk.length - start;
    if (length > maxLineBytes) throw damaged(object, `has a line of more than ${maxLineBytes} bytes`);
  }
  if (length > 0) throw damaged(object, 'ends inside a line');
}
