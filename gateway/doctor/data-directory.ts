import { access, constants, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { GatewayConfig } from '../config.ts';
import { findIdentity, type StoreIdentity } from '../service/identity.ts';
import { type Finding, fail, inGibibytes, messageOf, ok, warn } from './finding.ts';

/** Spooled logs, listings, digests of blocks (0.42 % of the data) and the journal. */
const comfortableBytes = 2 ** 30;
const leastBytes = 64 * 2 ** 20;

/** The data directory, who the store is, and where the log goes. */
export async function checkDataDirectory(
  { dataDirectory, log }: GatewayConfig,
  gatewayPid: number | undefined,
): Promise<Finding[]> {
  const found = await stat(dataDirectory).catch(() => undefined);
  if (!found?.isDirectory()) {
    return [
      fail('data.directory', `${dataDirectory} is not a folder`, 'activate the gateway, which makes it'),
      ...(await checkLogFile(log.file)),
    ];
  }
  return [
    await checkAccess(dataDirectory, found.mode, found.uid),
    await checkSpace(dataDirectory),
    gatewayPid === undefined
      ? ok('data.lock', 'no gateway runs on it')
      : ok('data.lock', `a gateway runs on it (process ${gatewayPid})`),
    ...(await checkLogFile(log.file)),
  ];
}

/** Which store this is; the identity is answered for those who need it. */
export async function checkIdentity(
  dataDirectory: string,
): Promise<{ readonly findings: Finding[]; readonly identity?: StoreIdentity }> {
  try {
    const identity = await findIdentity(dataDirectory);
    if (identity) {
      const { name, storeId } = identity;
      return { findings: [ok('data.identity', `this is the store ${name} (${storeId})`)], identity };
    }
    const advice = 'run the command "activate" of the gateway with a code from an admin';
    return { findings: [fail('data.identity', 'this store is not activated', advice)] };
  } catch (error) {
    return { findings: [fail('data.identity', messageOf(error), 'do so, as the user of the gateway')] };
  }
}

async function checkAccess(folder: string, mode: number, owner: number): Promise<Finding> {
  const check = 'data.directory';
  const self = process.getuid?.() ?? owner;
  if (self !== owner && self !== 0) {
    const reason = `${folder} belongs to the user ${owner}, this is ${self}`;
    return warn(check, reason, "run the doctor as the gateway's user");
  }
  const isWritable = await access(folder, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
  if (!isWritable) return fail(check, `${folder} cannot be written`, 'give it to the user of the gateway');
  if ((mode & 0o077) !== 0) {
    const octal = (mode & 0o777).toString(8);
    return warn(check, `others may look into ${folder} (mode ${octal})`, `run chmod 700 ${folder}`);
  }
  return ok(check, `${folder} is for its owner only and can be written`);
}

async function checkSpace(folder: string): Promise<Finding> {
  const check = 'data.space';
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const reason = `${inGibibytes(free)} are free for ${folder}`;
  if (free >= comfortableBytes) return ok(check, reason);
  const advice = 'enlarge the disk or free space: the journal, logs and digests of blocks are there';
  return free < leastBytes ? fail(check, reason, advice) : warn(check, reason, advice);
}

async function checkLogFile(file: string | undefined): Promise<Finding[]> {
  if (file === undefined) return [];
  const folder = dirname(file);
  const canWrite = async (path: string) =>
    access(path, constants.W_OK).then(
      () => true,
      () => false,
    );
  const isThere = await stat(file).catch(() => undefined);
  if (await canWrite(isThere ? file : folder)) return [ok('data.log', `the log goes to ${file}`)];
  const reason = `${file} cannot be written: the log goes to standard error`;
  return [warn('data.log', reason, `make ${folder} and give it to the user of the gateway`)];
}
