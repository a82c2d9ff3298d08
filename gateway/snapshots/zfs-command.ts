import { execFile } from 'node:child_process';
import { systemCode } from '../file-errors.ts';
import { Semaphore } from '../semaphore.ts';

export type ZfsErrorCode =
  | 'ZFS_BUSY'
  | 'ZFS_DATASET_MISSING'
  | 'ZFS_EXISTS'
  | 'ZFS_FAILED'
  | 'ZFS_NOT_INSTALLED'
  | 'ZFS_NO_SPACE'
  | 'ZFS_PERMISSION_DENIED'
  | 'ZFS_POOL_SUSPENDED';

/** `zfs` failed; the message says what to do about it and quotes what it said. */
export class ZfsError extends Error {
  readonly code: ZfsErrorCode;
  /** What `zfs` wrote to its standard error. */
  readonly said: string;

  constructor(code: ZfsErrorCode, message: string, said: string, cause?: unknown) {
    super(message, { cause });
    this.name = code;
    this.code = code;
    this.said = said;
  }
}

export const isZfsError = (error: unknown, code: ZfsErrorCode): boolean =>
  error instanceof ZfsError && error.code === code;

/** A store may have a thousand mounts, each asked about at every poll. */
const running = new Semaphore(4);

/** Commands on a suspended pool may hang for ever in the kernel, where no signal reaches them. */
const timeoutMillis = 120_000;

/**
 * Runs `zfs` without a shell and answers the rows of its output, split at tabs. The locale is fixed, for messages are
 * read: zfs exits with 1 for every failure (2 for wrong arguments) and tells causes apart only by their text.
 */
export const runZfs = (...args: readonly string[]): Promise<string[][]> => running.run(() => execute(args));

function execute(args: readonly string[]): Promise<string[][]> {
  const signal = AbortSignal.timeout(timeoutMillis);
  const env = { ...process.env, LC_ALL: 'C' };
  return new Promise((resolve, reject) => {
    execFile('zfs', args, { env, signal, maxBuffer: 64 * 2 ** 20 }, (error, stdout, stderr) => {
      if (error) reject(toZfsError(args, error, stderr.trim()));
      else resolve(rowsOf(stdout));
    });
  });
}

const rowsOf = (stdout: string): string[][] =>
  stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t'));

/** Read in this order: a permission that is missing hides whatever else is wrong. */
const causes: readonly (readonly [said: RegExp, code: ZfsErrorCode, advice: string])[] = [
  [
    /permission denied/iu,
    'ZFS_PERMISSION_DENIED',
    'run the gateway as root, or give its user create,mount,snapshot,hold,release,destroy,userprop,quota by "zfs allow"',
  ],
  [
    /I\/O is currently suspended/u,
    'ZFS_POOL_SUSPENDED',
    'see "zpool status", repair it and run "zpool clear"',
  ],
  [
    /out of space|quota exceeded/iu,
    'ZFS_NO_SPACE',
    'the pool or a quota is full: free space or raise the quota',
  ],
  [
    /is busy|being held|has dependent clones|has children/u,
    'ZFS_BUSY',
    'something still uses it: see "zfs holds" and clones of it',
  ],
  [
    /does not exist|could not find any snapshots|No such file or directory|no such tag/u,
    'ZFS_DATASET_MISSING',
    'it was removed, renamed or is not imported: see "zfs list"',
  ],
  [/already exists/u, 'ZFS_EXISTS', 'rename or remove what stands there, if it is not needed'],
  [/modules are not loaded|\/dev\/zfs/u, 'ZFS_NOT_INSTALLED', 'load the kernel module zfs'],
];

function toZfsError(args: readonly string[], error: Error, stderr: string): ZfsError {
  const command = `zfs ${args.join(' ')}`;
  if (systemCode(error) === 'ENOENT') {
    return new ZfsError(
      'ZFS_NOT_INSTALLED',
      'the command zfs is not installed, or not on the PATH',
      '',
      error,
    );
  }
  if (error.name === 'AbortError') {
    const waited = `"${command}" did not end in ${timeoutMillis / 1000} s: see "zpool status"`;
    return new ZfsError('ZFS_POOL_SUSPENDED', waited, stderr, error);
  }
  const [, code, advice] = causes.find(([said]) => said.test(stderr)) ?? [];
  const said = stderr || error.message;
  if (code === undefined) return new ZfsError('ZFS_FAILED', `"${command}" failed: ${said}`, stderr, error);
  return new ZfsError(code, `"${command}" failed: ${said} (${advice})`, stderr, error);
}
