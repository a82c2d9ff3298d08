import { readFileSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { restoreSnapshot } from '../../../gateway/mover/restore/restore-snapshot.ts';
import { uploadSnapshot } from '../../../gateway/mover/upload/upload-snapshot.ts';
import { encryptionWith } from '../encryption/line-keys.ts';
import { folderSource, folderTarget } from './folder-vault.ts';
import { identity, mountId, uploadId } from './mover-identity.ts';

/**
 * Run as a process of its own: `upload ROOT VAULT` or `restore VAULT MANIFEST DESTINATION`. Writes a line for each
 * object stored or fetched, and at last the result with the most memory that was resident. With ENCRYPTED in the
 * environment the snapshot is encrypted.
 */
const [job, ...paths] = process.argv.slice(2);
// What Node compiled is for the next one: of a process that is killed it would keep nothing.
flushCompileCache();
const [first = '', second = '', third = ''] = paths;
const encryption = process.env.ENCRYPTED === undefined ? undefined : encryptionWith('p', mountId);
const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);

async function upload() {
  const target = folderTarget(second, mountId, uploadId);
  return uploadSnapshot({
    root: first,
    identity,
    logs: [],
    ...(encryption && { encryption }),
    clock: () => new Date('2026-01-31T12:00:01Z'),
    target: {
      async put(object, bytes) {
        await target.put(object, bytes);
        say({ stored: `${object.kind} ${object.number}` });
      },
    },
  });
}

async function restore() {
  const source = folderSource(first);
  return restoreSnapshot({
    mountId,
    uploadId,
    manifestSha256: second,
    destination: third,
    findKeys: async () => encryption?.keys,
    source: {
      async get(key, range) {
        say({ fetched: key });
        return source.get(key, range);
      },
    },
  });
}

/** Linux counts in `maxRSS` what the process had before it became this program: as much as the one that started it. */
function mostResidentBytes(): number {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS * 1024;
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024;
}

const result = await (job === 'upload' ? upload() : restore());
say({ result, mostResidentBytes: mostResidentBytes() });
