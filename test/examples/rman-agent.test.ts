import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { rmanExecutable } from '../../local/fake-rman/oracle-host.ts';
import { compileCache } from '../support/compile-cache.ts';

const agent = join(import.meta.dirname, '..', '..', 'examples', 'rman-agent', 'rman-agent');

interface Answers {
  readonly mode?: string;
  readonly bytes?: number;
  readonly instances?: string;
}

/** A host with a small sqlplus, which knows the answers, and the simulated database. */
async function prepare(
  config = '',
  { mode = 'ARCHIVELOG', bytes = 1000, instances = 'SALES1' }: Answers = {},
) {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-agent-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const sqlplus = join(folder, 'sqlplus');
  await writeFile(
    sqlplus,
    `#!/bin/bash
query=$(cat)
case $query in
  *log_mode*) echo ${mode} ;;
  *gv\\$instance*) cat ${folder}/instances ;;
  *v\\$instance*) head -n 1 ${folder}/instances ;;
  *v\\$datafile*) echo ${bytes} ;;
esac
`,
  );
  await chmod(sqlplus, 0o755);
  await writeFile(join(folder, 'instances'), instances.split(' ').join('\n'));
  const home = join(folder, 'home');
  await mkdir(join(home, 'dbs'), { recursive: true });
  await writeFile(join(home, 'dbs', 'orapwSALES1'), 'the password file');
  await mkdir(join(folder, 'mount'));
  const file = join(folder, 'backup.cfg');
  await writeFile(
    file,
    `[generic]
lockdir = ${folder}/locks   # where runs see each other
statedir = ${folder}/state
oraclehome = ${home}
maxlockwait = 0
[rman]
executable = ${rmanExecutable}
sqlplus = ${sqlplus}
[SALES]
sid = SALES1
instancecheck = 1
${config}`,
  );
  const run = async (
    action: string,
    environment: Record<string, string> = {},
    onText: (text: string) => void = () => {},
  ) => {
    const child = spawn(agent, [action, file, 'SALES'], {
      env: {
        PATH: process.env.PATH,
        ...compileCache(),
        ...{ HOLDFAST_MOUNTPOINT: join(folder, 'mount'), HOLDFAST_LEVEL: '0' },
        ...{ FAKE_RMAN_DATABASE: join(folder, 'database'), FAKE_RMAN_SIZE_MIB: '9' },
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    });
    const [, output, complaints, reports] = child.stdio as unknown as [null, Readable, Readable, Readable];
    for (const stream of [output, reports]) stream.on('data', (chunk: Buffer) => onText(String(chunk)));
    const exit = new Promise<number | null>((resolve) => child.once('close', resolve));
    const texts = await Promise.all([text(output), text(complaints), text(reports)]);
    return { code: await exit, output: texts[0], complaints: texts[1], reports: texts[2] };
  };
  const pieces = () => readdir(join(folder, 'mount', 'SALES'));
  return { folder, run, pieces };
}

describe('rman-agent', () => {
  it('makes a level 0 and a level 1 with RMAN, collects the password file, and reports', async () => {
    const { run, pieces, folder } = await prepare();

    const full = await run('backup');
    const incremental = await run('backup', { HOLDFAST_LEVEL: '1', HOLDFAST_INCREMENTAL: 'differential' });

    expect(full).toMatchObject({ code: 0, complaints: '' });
    expect(full.output).toMatch(/estimated 333 bytes, \d+ are free; instances: SALES1/);
    expect(full.output).toContain('Recovery Manager complete.');
    expect(full.reports).toMatch(
      /^progress 5\nprogress 90\nwarning there is no readable spfileSALES1.ora .*\nprogress 100\n$/,
    );
    expect(incremental).toMatchObject({ code: 0 });
    expect(incremental.output).toMatch(/incremental level 1 tag 'LEVEL1-\d{8}T\d{6}'/);
    expect(incremental.output).toMatch(/estimated 333 bytes/);
    expect(await pieces()).toContain('orapwSALES1');
    const sizes = await readFile(join(folder, 'state', 'SALES.backupset.database.level0.bytes'), 'utf8');
    expect(Number(sizes)).toBeGreaterThan(1_000_000);
    expect((await run('check')).output).not.toContain('estimated 333 bytes');
  }, 30_000);

  it.each([
    [
      'is not in ARCHIVELOG mode',
      '',
      { mode: 'NOARCHIVELOG' },
      'HOLDFAST-02002: the database is in NOARCHIVELOG',
    ],
    [
      'is larger than there is room',
      '',
      { bytes: 9e15 },
      'HOLDFAST-02004: the backup needs about 3000000000000000',
    ],
    [
      'has none of its instances open',
      'instances = SALES7',
      {},
      'HOLDFAST-02003: none of the configured instances',
    ],
  ])('runs no RMAN when the database %s', async (_, config, answers, why) => {
    const { run } = await prepare(config, answers);

    const { code, complaints, output } = await run('backup');

    expect([code, complaints]).toEqual([1, expect.stringContaining(why)]);
    expect(output).not.toContain('Recovery Manager');
  });

  it('fails with RMAN', async () => {
    const { run } = await prepare();

    const { code, complaints } = await run('backup', {
      FAKE_RMAN_FAIL: 'archivelog',
      HOLDFAST_CONTENT: 'archived-logs',
    });

    expect([code, complaints]).toEqual([1, expect.stringContaining('HOLDFAST-03001: RMAN ended with 1')]);
  });

  it('waits for a lock that is held, which checks do not, and takes over one whose holder crashed', async () => {
    const { run, folder } = await prepare();
    await mkdir(join(folder, 'locks'));
    const lock = join(folder, 'locks', 'SALES.lck');
    await writeFile(lock, 'left by a run that crashed');
    const holder = spawn('/bin/bash', ['-c', `exec flock '${lock}' sleep 60`], {
      detached: true,
      stdio: 'ignore',
    });
    const gone = new Promise((resolve) => holder.once('exit', resolve));
    const isHeld = async () => {
      const probe = spawn('/bin/bash', ['-c', `flock --nonblock '${lock}' true`]);
      return (await new Promise((resolve) => probe.once('exit', resolve))) !== 0;
    };
    while (!(await isHeld()));

    const held = await run('backup');
    const checked = await run('check');
    process.kill(-(holder.pid ?? 0), 'SIGKILL');
    await gone;

    expect(held).toMatchObject({
      code: 2,
      complaints: expect.stringContaining('Did not manage to get the lock in time.'),
    });
    expect(checked.code).toBe(0);
    expect((await run('backup', { HOLDFAST_CONTENT: 'archived-logs' })).code).toBe(0);
  }, 30_000);

  it('fails when the instance that it began on goes down, and warns of another', async () => {
    const { run, folder } = await prepare('', { instances: 'SALES1 SALES2 SALES3' });
    const become = (instances: string) => writeFileSync(join(folder, 'instances'), instances);

    const slow = { FAKE_RMAN_DELAY_MS_PER_MIB: '2000' };
    const { code, complaints, reports } = await run('backup', slow, (said) => {
      if (said.includes('progress 5')) become('SALES1\nSALES3');
      if (said.includes('warning instance')) become('SALES3');
    });

    expect(reports).toContain('warning instance SALES2 went down during the backup\n');
    expect([code, complaints]).toEqual([1, expect.stringContaining('HOLDFAST-03002: instance SALES1')]);
  }, 30_000);

  it('writes compressed sets, sections and catalogs as they are configured', async () => {
    const { run } = await prepare(
      'compressed = true\nparallel = 2\nrmansectionsize = 32G\nregistercatalog = true',
    );

    const { output } = await run('script', { HOLDFAST_LEVEL: '1', HOLDFAST_INCREMENTAL: 'cumulative' });

    expect(output).toContain('connect catalog /@rman;\nrun {\n  allocate channel c1 device type disk;\n');
    expect(output).toMatch(
      /backup as compressed backupset incremental level 1 cumulative section size 32G tag 'LEVEL1-/,
    );
    expect(output.match(/allocate channel/g)).toHaveLength(2);
  });

  it('rolls image copies forward in the order that leaves every log in the backup', async () => {
    const { run } = await prepare('method = imagecopy');

    const { output } = await run('script');

    const steps = output.split('\n').map((line) => line.trim().replace(/ (tag|format|section|until) .*/, ''));
    expect(steps.slice(6, 18)).toEqual([
      'backup as backupset',
      "sql 'alter system archive log current';",
      'crosscheck copy of database;',
      'delete noprompt expired datafilecopy all;',
      'backup incremental level 1 for recover of copy with',
      'recover copy of database with',
      'delete noprompt backupset',
      "sql 'alter system archive log current';",
      'backup as backupset',
      'delete noprompt force archivelog',
      'backup as copy reuse current controlfile',
      'backup as backupset spfile',
    ]);
  });

  /** RMAN and sqlplus that write down what they are told. */
  const recorders = async (
    folder: string,
    { destination = '', edition = 'Enterprise', rman = 'exit 0' } = {},
  ) => {
    await writeFile(join(folder, 'rman'), `#!/bin/bash\ncat "$4" >> ${folder}/told\n${rman}\n`);
    await writeFile(
      join(folder, 'asked'),
      `#!/bin/bash
query=$(cat)
case $query in
  *v\\$archive_dest*) echo '${destination}' ;;
  *v\\$block_change*) echo DISABLED ;;
  *v\\$version*) echo 'Oracle Database 19c ${edition} Edition' ;;
  *alter*) echo "$3 $4 $5" >> ${folder}/told; grep alter <<<"$query" >> ${folder}/told ;;
esac
`,
    );
    for (const name of ['rman', 'asked']) await chmod(join(folder, name), 0o755);
    return () => readFile(join(folder, 'told'), 'utf8').catch(() => '');
  };
  const recorded = (folder: string) => `rmanexecutable = ${folder}/rman\nrmansqlplus = ${folder}/asked`;
  const configured = async (settings: string, answers: Parameters<typeof recorders>[1] = {}) => {
    const host = await prepare();
    const told = await recorders(host.folder, answers);
    const file = join(host.folder, 'backup.cfg');
    await writeFile(file, `${await readFile(file, 'utf8')}\n${recorded(host.folder)}\n${settings}\n`);
    return { ...host, told, area: join(host.folder, 'mount', 'SALES') };
  };

  it('configures RMAN and the database for its backups', async () => {
    const { run, told, area } = await configured(
      'recoverywindow = 7\nparallel = 2\nhasdataguard = true\narchivedest = 2\nbctfile = +DATA',
    );

    const { code, complaints } = await run('config');

    expect([code, complaints]).toEqual([0, '']);
    expect((await told()).split('\n')).toEqual([
      '/@SALES as sysdba',
      `alter system set log_archive_dest_2='LOCATION=${area}/archive VALID_FOR=(ONLINE_LOGFILE,PRIMARY_ROLE)' scope=both sid='*';`,
      '/@SALES as sysdba',
      "alter database enable block change tracking using file '+DATA';",
      'configure retention policy to recovery window of 7 days;',
      'configure backup optimization on;',
      'configure default device type to disk;',
      'configure device type disk parallelism 2 backup type to backupset;',
      `configure channel device type disk format '${area}/%d_%U';`,
      'configure controlfile autobackup on;',
      `configure controlfile autobackup format for device type disk to '${area}/%F';`,
      `configure snapshot controlfile name to '${area}/snapcf_SALES.f';`,
      'configure archivelog deletion policy to applied on all standby;',
      'show all;',
      'exit',
      '',
    ]);
  });

  it('prints its configuration and changes nothing in a dry run', async () => {
    const { run, told, folder } = await configured('archivedest = 3\nbctfile = +DATA');

    const { code, output } = await run('config', { HOLDFAST_DRY_RUN: 'true' });

    expect(code).toBe(0);
    expect(output).toContain('alter system set log_archive_dest_3=');
    expect(output).toContain('configure archivelog deletion policy to none;');
    expect(await told()).toBe('');
    expect(await readdir(join(folder, 'mount'))).toEqual([]);
  });

  it.each([
    ['leaves block change tracking alone without the Enterprise Edition', '', { edition: 'Standard' }, 0, ''],
    ['wants a place for the file of block change tracking', '', {}, 1, 'HOLDFAST-02007'],
    [
      'leaves an archive destination alone that is in use',
      'archivedest = 2',
      { destination: '/u02/archive' },
      1,
      'HOLDFAST-02006: archive destination 2 is in use: /u02/archive',
    ],
    ['fails with RMAN', 'bctfile = +DATA', { rman: 'exit 1' }, 1, 'HOLDFAST-03001: RMAN ended with 1'],
    [
      'takes a database that the catalog has',
      'bctfile = +DATA\nregistercatalog = true',
      {
        rman: 'grep -q register "$4" && echo "RMAN-20002: target database already registered" && exit 1; exit 0',
      },
      0,
      '',
    ],
    [
      'fails when the catalog refuses it',
      'bctfile = +DATA\nregistercatalog = true',
      { rman: 'grep -q register "$4" && echo "RMAN-04004: error from recovery catalog" && exit 1; exit 0' },
      1,
      'is not registered in the catalog: RMAN-04004',
    ],
  ])('%s when it configures', async (_, settings, answers, status, why) => {
    const { run } = await configured(settings, answers);

    const { code, complaints } = await run('config');

    expect([code, complaints]).toEqual([status, expect.stringContaining(why)]);
  });

  it.each([
    ['archivedest = 1', 'archivedest is "1": a number from 2 to 31'],
    ['hasdataguard = yes', 'hasdataguard is "yes": true or false'],
    ['schedulebackup = FREQ=DAILY', 'is set by holdfast schedule add'],
    ['compresed = true', 'a database has no key compresed'],
    ['compressed = yes', 'compressed is "yes": true or false'],
    ['primarytns = sys/secret@SALES', 'an alias of the wallet, without user or password'],
    ['rmancatalog = rco/secret@cat\nregistercatalog = true', 'no /@alias of the wallet'],
    ['snapexpirationdays = 31', 'is set by the policy of the mount; remove it here'],
    ['method = imagecopy\ncompressed = true', 'image copies cannot be compressed'],
    ['parallel = 0', 'parallel is "0": a number from 1 to 64'],
    ['what is this', 'is neither [section] nor key = value'],
  ])('refuses "%s"', async (config, why) => {
    const { run } = await prepare(config);

    const { code, complaints } = await run('script');

    expect([code, complaints]).toEqual([2, expect.stringContaining(why)]);
  });
});
