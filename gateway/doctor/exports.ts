import { access, constants, readFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import type { GatewayConfig } from '../config.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

/** What exporting over NFS needs, where the gateway does it. */
export async function checkExports({ exports }: GatewayConfig): Promise<Finding[]> {
  if (exports.kind === 'none') {
    return [ok('exports.kind', 'the administrator exports the mounts, which is not checked here')];
  }
  return [await checkTool(), await checkServer(), await checkFile(exports.file)];
}

const may = (path: string, what: number): Promise<boolean> =>
  access(path, what).then(
    () => true,
    () => false,
  );

async function checkTool(): Promise<Finding> {
  for (const folder of (process.env.PATH ?? '').split(delimiter).filter(Boolean)) {
    const tool = join(folder, 'exportfs');
    if (await may(tool, constants.X_OK)) return ok('exports.tool', `${tool} is there`);
  }
  const advice =
    "install the kernel's NFS server (nfs-utils, nfs-kernel-server) and have its folder on the PATH";
  return fail('exports.tool', 'exportfs is not on the PATH', advice);
}

async function checkServer(): Promise<Finding> {
  const threads = await readFile('/proc/fs/nfsd/threads', 'utf8').catch(() => '0');
  if (Number(threads) > 0) return ok('exports.server', `the NFS server runs (${threads.trim()} threads)`);
  return fail(
    'exports.server',
    'the NFS server of the kernel does not run',
    'start it: systemctl start nfs-server',
  );
}

async function checkFile(file: string): Promise<Finding> {
  const folder = dirname(file);
  if (await may(folder, constants.W_OK)) return ok('exports.file', `${file} can be written`);
  const advice = `make ${folder}, and run the gateway as a user that may write to it`;
  return warn('exports.file', `${folder} is missing or cannot be written`, advice);
}
