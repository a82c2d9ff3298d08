import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type DebianPackage, writeDeb } from '../../scripts/package/deb.ts';
import { gatewayPackage } from '../../scripts/package/gateway-package.ts';
import { backUp, waitForPoints, writePiece } from '../gateway/support/backup.ts';
import { Calls } from '../gateway/support/calls.ts';
import { TestStore } from '../gateway/support/test-store.ts';
import { waitUntil } from '../gateway/support/wait-until.ts';

const run = promisify(execFile);
const isThere = (program: string): boolean => spawnSync(program, ['--version']).status === 0;
const lacksDpkg = !isThere('dpkg');
/** To become another user with some of root's capabilities. */
const lacksSetpriv = process.geteuid?.() !== 0 || !isThere('setpriv');
const lacksSystemdAnalyze = !isThere('systemd-analyze');

let folder: string;
let builtPackage: DebianPackage;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-package-'));
  builtPackage = await gatewayPackage(new Date('2026-01-02T03:04:06Z'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const unitText = (): string =>
  builtPackage.files.find(({ path }) => path.endsWith('.service'))?.content.toString() ?? '';

/** A folder that dpkg installs into as if it were another system: nothing of this one is touched. */
class Root {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async make(name: string): Promise<Root> {
    const path = join(folder, name);
    await mkdir(join(path, 'var/lib/dpkg/info'), { recursive: true });
    await mkdir(join(path, 'var/lib/dpkg/updates'));
    await writeFile(join(path, 'var/lib/dpkg/status'), '');
    return new Root(path);
  }

  async install(version: string): Promise<void> {
    const file = join(folder, `${version}.deb`);
    const control = { ...builtPackage.control, Version: version };
    await writeFile(file, await writeDeb({ ...builtPackage, control }));
    await this.dpkg('--install', file);
  }

  async dpkg(...args: string[]): Promise<string> {
    const forced = ['script-chrootless', 'depends', 'not-root', 'bad-path'].map((each) => `--force-${each}`);
    const { stdout } = await run('dpkg', [`--root=${this.path}`, '--log=/dev/null', ...forced, ...args]);
    return stdout;
  }

  async version(): Promise<string> {
    const status = await readFile(join(this.path, 'var/lib/dpkg/status'), 'utf8');
    return /^Version: (.*)$/m.exec(status)?.[1] ?? '';
  }

  get program(): string {
    return join(this.path, 'usr/lib/holdfast-gateway/holdfast-gateway.mjs');
  }
}

/** Starts a gateway's process, and waits until it answers and its mounts are there. */
async function startGateway(store: TestStore, [command = '', ...args]: readonly string[]) {
  const gateway = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  onTestFinished(() => void gateway.kill('SIGKILL'));
  const [line] = await once(gateway.stdout, 'data');
  await store.mountsAreReady();
  const end = async (): Promise<unknown> => {
    gateway.kill('SIGTERM');
    return (await once(gateway, 'close'))[0];
  };
  return { url: String(JSON.parse(String(line)).url), end };
}

test.skipIf(lacksDpkg)(
  'the installed gateway checks its configuration, activates itself and brings a backup to the vault',
  async () => {
    const root = await Root.make('first');
    await root.install('1.0.0');
    const store = await TestStore.make();
    const config = ['--config', store.configFile];

    const checked = await run(process.execPath, [
      root.program,
      'check-config',
      join(root.path, 'etc/holdfast/gateway.jsonc'),
    ]);
    await run(process.execPath, [root.program, 'activate', ...config, '--code', store.service.state.code]);
    const gateway = await startGateway(store, [process.execPath, root.program, 'run', ...config]);
    await writePiece(store, 'piece', 100_000);
    const snapshot = await backUp(gateway.url);
    await waitForPoints(store, [snapshot]);

    expect(checked.stdout).toContain('has no problems');
    expect(await gateway.end()).toBe(0);
  },
);

test.skipIf(lacksDpkg)(
  'an upgrade keeps configuration and data, and so do removal and purge the data',
  async () => {
    const root = await Root.make('second');
    const config = join(root.path, 'etc/holdfast/gateway.jsonc');
    const data = join(root.path, 'var/lib/holdfast/journal.sqlite');
    await root.install('1.0.0');
    await writeFile(config, '{ "changed": "by the administrator" }');
    await writeFile(data, 'what waits for its upload');

    await root.install('1.1.0');
    expect(await root.version()).toBe('1.1.0');
    expect(await readFile(config, 'utf8')).toContain('by the administrator');

    await root.dpkg('--remove', 'holdfast-gateway');
    expect(await readFile(config, 'utf8')).toContain('by the administrator');

    const said = await root.dpkg('--purge', 'holdfast-gateway');
    expect(said).toContain('/var/lib/holdfast and the mounts are kept');
    expect(await readFile(data, 'utf8')).toBe('what waits for its upload');
    await expect(stat(config)).rejects.toThrow('ENOENT');
  },
);

test.skipIf(lacksSetpriv)(
  'the capabilities of the service suffice to back up, restore and remove what belongs to oracle',
  async () => {
    const store = await TestStore.make();
    await store.activate();
    const program = join(folder, 'program');
    await mkdir(program);
    for (const { path, content } of builtPackage.files.filter((file) =>
      file.path.startsWith('/usr/lib/holdfast'),
    )) {
      await writeFile(join(program, basename(path)), content);
    }
    const [, granted = ''] = /^AmbientCapabilities=(.*)$/m.exec(unitText()) ?? [];
    const capabilities = granted
      .split(' ')
      .map((name) => name.replace('CAP_', '+').toLowerCase())
      .join();
    const asService = [
      ...['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--no-new-privs'],
      ...['inh-caps', 'ambient-caps'].map((set) => `--${set}=${capabilities}`),
      `--bounding-set=-all,${capabilities}`,
    ];
    const { url, end } = await startGateway(store, [
      ...[...asService, process.execPath, join(program, 'holdfast-gateway.mjs')],
      ...['run', '--config', store.configFile],
    ]);
    const oracle = 54_321;
    await writePiece(store, 'piece', 100_000);
    await chmod(join(store.oracleData(), 'piece'), 0o600);
    await chown(join(store.oracleData(), 'piece'), oracle, oracle);
    await chmod(store.oracleData(), 0o700);
    await chown(store.oracleData(), oracle, oracle);

    await waitForPoints(store, [await backUp(url)]);
    const [point] = store.service.state.uploads;
    const restore = point && store.service.state.orderRestore(point, 7);
    await waitUntil('the restore is staged', () => restore?.state === 'completed');

    const staged = join(store.mountsDirectory, 'testmount', 'restores', '7');
    const { uid, gid, mode } = await stat(join(staged, 'piece'));
    expect({ uid, gid, mode: mode & 0o777 }).toEqual({ uid: oracle, gid: oracle, mode: 0o600 });
    expect(await new Calls(url).deleteRestore(7)).toMatchObject({ error_code: 0 });
    await expect(stat(staged)).rejects.toThrow('ENOENT');
    expect(await end()).toBe(0);
  },
);

test.skipIf(lacksSystemdAnalyze)('systemd finds no mistake in the service, and little exposed', async () => {
  const unit = join(folder, 'holdfast-gateway.service');
  // The program itself is not installed here.
  await writeFile(unit, unitText().replaceAll('/usr/bin/holdfast-gateway', '/bin/true'));

  const verified = await run('systemd-analyze', ['verify', '--man=no', unit]);
  const exposed = await run('systemd-analyze', [
    'security',
    '--offline=true',
    '--no-pager',
    '--threshold=30',
    unit,
  ]);

  expect(verified.stderr).not.toContain('holdfast-gateway');
  expect(exposed.stdout).toContain('Overall exposure level for holdfast-gateway.service');
});

test('the wrapper starts the program with the Node that NODE names, or the one on PATH', async () => {
  const wrapper = builtPackage.files
    .find(({ path }) => path === '/usr/bin/holdfast-gateway')
    ?.content.toString();
  const script = join(folder, 'wrapper');
  await writeFile(script, wrapper ?? '', { mode: 0o755 });

  const { stdout } = await run('sh', [script, 'run', '--config', 'a file'], { env: { NODE: '/bin/echo' } });

  expect(stdout).toBe('/usr/lib/holdfast-gateway/holdfast-gateway.mjs run --config a file\n');
});
