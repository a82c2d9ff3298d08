/**
 * Loaded into a gateway before anything else (`node --import`): gives every step that leaves a trace outside of the
 * process (a write of the journal, a change of the disk, a request, its answer) a name, and kills the process with
 * SIGKILL, from which nothing can recover, before the step that CRASH_AT names. STEPS_TO gets the names of all steps.
 */
import { subscribe } from 'node:diagnostics_channel';
import { appendFileSync, constants } from 'node:fs';
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { DatabaseSync, StatementSync } from 'node:sqlite';
import { isMainThread } from 'node:worker_threads';

const { CRASH_AT, STEPS_TO } = process.env;
let left = Number(CRASH_AT?.split('#')[1] ?? 0);
const name = CRASH_AT?.split('#')[0];

function step(label: string): void {
  if (STEPS_TO) appendFileSync(STEPS_TO, `${label}\n`);
  if (label === name && --left === 0) process.kill(process.pid, 'SIGKILL');
}

type Method = (this: unknown, ...args: unknown[]) => unknown;

function wrap(
  target: object,
  method: string,
  labelOf: (args: readonly unknown[], self: unknown) => string,
): void {
  const methods = target as Record<string, Method>;
  const original = methods[method] as Method;
  methods[method] = function (...args) {
    step(labelOf(args, this));
    return original.apply(this, args);
  };
}

/** What a path is for, without the ids and names that differ between runs. */
const kindOf = (path: unknown): string => {
  const text = String(path);
  const known = /\/(snapshots|staging|trash|restores|listings|logs|oracle_data)(\/|$)/.exec(text);
  return known?.[1] ?? (text.split('/').at(-1) ?? '').replace(/[0-9a-f]{64}/, 'HASH');
};

const sqlOf = (sql: unknown): string => String(sql).trim().split(/\s+/).slice(0, 6).join(' ');

if (isMainThread) {
  for (const change of ['mkdir', 'rm', 'symlink', 'link', 'lutimes', 'open'])
    wrap(fs, change, ([path]) => `${change} ${kindOf(path)}`);
  for (const change of ['rename', 'copyFile'])
    wrap(fs, change, ([from, to]) => `${change} ${kindOf(from)} to ${kindOf(to)}`);
  const handle = await fs.open('/dev/null');
  for (const change of ['sync', 'write', 'writeFile', 'utimes', 'truncate'])
    wrap(Object.getPrototypeOf(handle), change, () => `handle ${change}`);
  await handle.close();
  // Where the file system has no reflinks a plain copy stands for one.
  const { copyFile } = fs;
  fs.copyFile = (from, to, mode = 0) => copyFile(from, to, mode & ~constants.COPYFILE_FICLONE_FORCE);
  syncBuiltinESMExports();

  wrap(DatabaseSync.prototype, 'exec', ([sql]) => `journal ${sqlOf(sql)}`);
  wrap(
    StatementSync.prototype,
    'run',
    (_, statement) => `journal ${sqlOf((statement as StatementSync).sourceSQL)}`,
  );

  const requests = new WeakMap<object, string>();
  const labelOf = ({ method, path }: { method: string; path: string }): string => {
    const [, object] = /\/(packs|maps|logs|manifest)[/-]/.exec(path) ?? [];
    const [place = ''] = path.split('?');
    return `${method} ${
      object ??
      place
        .split('/')
        .filter((part) => !/[0-9A-Z]{26}/.test(part))
        .join('/')
    }`;
  };
  subscribe('undici:request:create', (message) => {
    const { request } = message as { request: { method: string; path: string } };
    requests.set(request, labelOf(request));
    step(`send ${labelOf(request)}`);
  });
  subscribe('undici:request:trailers', (message) => {
    step(`answer of ${requests.get((message as { request: object }).request)}`);
  });
}
