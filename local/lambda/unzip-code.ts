import { posix } from 'node:path';
import { crc32 } from 'node:zlib';
import { unzipSync } from 'fflate';
import { invalidParameter, type LambdaServiceError } from './errors.ts';
import { UNZIPPED_CODE_BYTES, ZIPPED_CODE_BYTES } from './limits.ts';

export interface CodeFile {
  /** Relative, with slashes, without `.` and `..`. */
  readonly path: string;
  readonly content: Uint8Array;
  readonly isExecutable: boolean;
}

interface Entry {
  readonly name: string;
  readonly crc: number;
  readonly sizeBytes: number;
  readonly unixMode: number;
}

/**
 * The files of a deployment package, checked: sizes, check sums, and that no path leaves the folder it is for.
 * @throws InvalidParameterValueException that says what is wrong with the archive.
 */
export function unzipCode(zip: Uint8Array): readonly CodeFile[] {
  if (zip.length > ZIPPED_CODE_BYTES) {
    throw invalidParameter(`Zipped size must be smaller than ${ZIPPED_CODE_BYTES} bytes`);
  }
  const entries = readDirectory(Buffer.from(zip.buffer, zip.byteOffset, zip.length));
  const unzippedBytes = entries.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  if (unzippedBytes > UNZIPPED_CODE_BYTES) {
    throw invalidParameter(`Unzipped size must be smaller than ${UNZIPPED_CODE_BYTES} bytes`);
  }
  const contents = inflate(zip);
  const files = entries
    .filter(({ name }) => !name.endsWith('/'))
    .map((entry) => {
      const path = checkPath(entry);
      const content = contents[entry.name];
      // fflate trusts the directory: a wrong size would cut a file, and damage would pass unseen.
      if (content === undefined || crc32(content) !== entry.crc) throw notReadable(`${path} is damaged`);
      return { path, content, isExecutable: (entry.unixMode & 0o111) !== 0 };
    });
  assertDistinct(files.map(({ path }) => path));
  if (files.length === 0) throw invalidParameter('Uploaded file must be a non-empty zip');
  return files;
}

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const MADE_BY_UNIX = 3;
const IS_SYMBOLIC_LINK = 0o120000;
const FILE_TYPE = 0o170000;

/** The central directory, https://pkware.cachefly.net/webdocs/APPNOTE/APPNOTE-6.3.9.TXT, section 4.3.12. */
function readDirectory(zip: Buffer): readonly Entry[] {
  const signature = Buffer.alloc(4);
  signature.writeUInt32LE(END_OF_DIRECTORY);
  const end = zip.lastIndexOf(signature);
  if (end < 0) throw notReadable('it is no zip archive');
  try {
    let offset = zip.readUInt32LE(end + 16);
    return Array.from({ length: zip.readUInt16LE(end + 10) }, () => {
      if (zip.readUInt32LE(offset) !== DIRECTORY_ENTRY) throw new RangeError('no entry');
      const nameBytes = zip.readUInt16LE(offset + 28);
      const entry = {
        name: zip.toString('utf8', offset + 46, offset + 46 + nameBytes),
        crc: zip.readUInt32LE(offset + 16),
        sizeBytes: zip.readUInt32LE(offset + 24),
        unixMode: zip.readUInt8(offset + 5) === MADE_BY_UNIX ? zip.readUInt16LE(offset + 40) : 0,
      };
      offset += 46 + nameBytes + zip.readUInt16LE(offset + 30) + zip.readUInt16LE(offset + 32);
      return entry;
    });
  } catch (error) {
    if (error instanceof RangeError) throw notReadable('its directory is damaged');
    throw error;
  }
}

function inflate(zip: Uint8Array): Readonly<Record<string, Uint8Array>> {
  try {
    return unzipSync(zip);
  } catch (error) {
    throw notReadable(error instanceof Error ? error.message : String(error));
  }
}

function checkPath({ name, unixMode }: Entry): string {
  const path = posix.normalize(name);
  const leaves = posix.isAbsolute(path) || path === '..' || path.startsWith('../');
  if (leaves || path === '.' || /[\\\0]|^[A-Za-z]:/.test(name)) {
    throw notReadable(`the path ${JSON.stringify(name)} leaves its folder`);
  }
  if ((unixMode & FILE_TYPE) === IS_SYMBOLIC_LINK) {
    throw notReadable(`${path} is a symbolic link, which the local Lambda does not support`);
  }
  if (path.split('/').some((part) => Buffer.byteLength(part) > 255)) {
    throw notReadable(`the path ${path} is too long`);
  }
  return path;
}

function assertDistinct(paths: readonly string[]): void {
  const seen = new Set<string>();
  for (const path of paths) {
    if (seen.has(path)) throw notReadable(`${path} comes twice`);
    seen.add(path);
  }
  for (const path of paths) {
    for (let folder = posix.dirname(path); folder !== '.'; folder = posix.dirname(folder)) {
      if (seen.has(folder)) throw notReadable(`${folder} is a file and a folder`);
    }
  }
}

function notReadable(reason: string): LambdaServiceError {
  return invalidParameter(
    `Could not unzip uploaded file. Please check your file, then try to upload again. (${reason})`,
  );
}
