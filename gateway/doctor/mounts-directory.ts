import { readFile, realpath, stat, statfs } from 'node:fs/promises';
import type { GatewayConfig } from '../config.ts';
import { snapshotAdapters } from '../snapshots/adapters.ts';
import { cloneByReflink } from '../snapshots/reflink.ts';
import { type Finding, fail, inGibibytes, messageOf, ok, warn } from './finding.ts';

/** The folder of the mounts, its file system, and how mounts would be frozen. */
export async function checkMountsDirectory(config: GatewayConfig): Promise<Finding[]> {
  const { mountsDirectory } = config;
  const found = await stat(mountsDirectory).catch(() => undefined);
  if (!found?.isDirectory()) {
    const reason = `${mountsDirectory} is not a folder`;
    return [fail('mounts.directory', reason, 'make it, or mount the disk that belongs there')];
  }
  const folder = await realpath(mountsDirectory);
  return [
    ok('mounts.directory', `${folder} lies on ${await describeFileSystem(folder)}`),
    await checkSpace(folder, config.minFreeBytes),
    await checkSnapshots(folder, config.snapshots),
  ];
}

async function checkSpace(folder: string, minFreeBytes: number): Promise<Finding> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const reason = `${inGibibytes(free)} are free for ${folder}, minFreeBytes is ${inGibibytes(minFreeBytes)}`;
  if (free >= minFreeBytes) return ok('mounts.space', reason);
  return fail(
    'mounts.space',
    `${reason}: no backup can begin`,
    'delete obsolete RMAN backups or staged restores, or enlarge the disk',
  );
}

async function checkSnapshots(folder: string, choice: GatewayConfig['snapshots']): Promise<Finding> {
  const check = 'mounts.snapshots';
  const adapters = snapshotAdapters(cloneByReflink);
  const obstacles: string[] = [];
  for (const adapter of choice === 'auto' ? Object.values(adapters) : [adapters[choice]]) {
    const obstacle = await adapter.findObstacle(folder).catch(messageOf);
    if (obstacle !== undefined) {
      obstacles.push(`${adapter.kind}: ${obstacle}`);
      continue;
    }
    const whyNot = obstacles.length === 0 ? '' : ` (${obstacles.join('; ')})`;
    const reason = `mounts are frozen by ${adapter.kind}${whyNot}`;
    if (!adapter.isMountBusyWhilePending) return ok(check, reason);
    const advice = 'a mount is busy until it is uploaded: put the mounts on ZFS, XFS or Btrfs to avoid that';
    return warn(check, reason, advice);
  }
  const advice = 'put the mounts on a file system that can do it, or set snapshots to "auto"';
  return fail(check, `mounts cannot be frozen as configured (${obstacles.join('; ')})`, advice);
}

/** Its type and device, by the longest mountpoint that leads to the folder. */
async function describeFileSystem(folder: string): Promise<string> {
  const mounts = await readFile('/proc/self/mountinfo', 'utf8').catch(() => '');
  let best = { point: '', text: 'an unknown file system' };
  for (const line of mounts.split('\n')) {
    // "36 35 98:0 /root /point options - type source more"; spaces and the like in a point are octal.
    const [, escaped = '', type, source] = /^\S+ \S+ \S+ \S+ (\S+) .* - (\S+) (\S+)/u.exec(line) ?? [];
    const point = escaped.replace(/\\([0-7]{3})/gu, (_, code: string) =>
      String.fromCharCode(Number.parseInt(code, 8)),
    );
    const isAbove = folder === point || folder.startsWith(point === '/' ? '/' : `${point}/`);
    if (type !== undefined && isAbove && point.length >= best.point.length) {
      best = { point, text: `${type} (${source}, mounted on ${point})` };
    }
  }
  return best.text;
}
