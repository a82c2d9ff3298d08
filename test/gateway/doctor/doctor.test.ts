import { chmod, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { examine } from '../../../gateway/doctor/doctor.ts';
import { backUp, waitForPoints, writePiece } from '../support/backup.ts';
import { writeCertificate } from '../support/certificate.ts';
import { ConnectProxy } from '../support/connect-proxy.ts';
import { PrivateAuthority } from '../support/private-authority.ts';
import { TestStore } from '../support/test-store.ts';
import { startTlsFront } from '../support/tls-front.ts';
import { waitUntil } from '../support/wait-until.ts';

afterEach(() => void vi.unstubAllEnvs());

/** Of the check: its status, then what it said. */
async function find(store: TestStore, check: string): Promise<string> {
  const findings = (await examine(store.configFile)).filter((finding) => finding.check === check);
  return findings.map(({ status, reason, advice = '' }) => `${status}: ${reason} → ${advice}`).join('\n');
}

async function makeActivated(settings: object = {}): Promise<TestStore> {
  const store = await TestStore.make({ settings });
  await store.activate();
  return store;
}

/** A port of another program. */
async function occupyPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** A port that nobody uses. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Names and sizes of everything in the folder but what a running gateway writes. */
async function listAll(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true });
  const kept = entries.filter((name) => !name.includes('journal.sqlite'));
  return Promise.all(kept.sort().map(async (name) => `${name} ${(await stat(join(folder, name))).size}`));
}

test('finds a running gateway, its ways and its ports in order, and changes nothing', async () => {
  const store = await makeActivated();
  await store.configure({ listen: { port: await freePort() } });
  const gateway = await store.start();
  await writePiece(store, 'piece', 1000);
  await backUp(gateway.url);
  await waitForPoints(store, ['UID_1']);
  await waitUntil('it is released', () => store.logLines.some((line) => line.includes('and released')));
  const [before, calls] = [await listAll(store.folder), store.service.requests.length];
  store.service.requests.length = 0;

  const findings = await examine(store.configFile);

  expect(findings.filter(({ status }) => status === 'fail')).toEqual([]);
  const reasons = Object.fromEntries(findings.map(({ check, reason }) => [check, reason]));
  expect(reasons).toMatchObject({
    'data.lock': `a gateway runs on it (process ${process.pid})`,
    'data.identity': `this is the store test-store (${store.service.state.storeId})`,
    'listen.address': `${new URL(gateway.url).host} is in use by the gateway (process ${process.pid})`,
    'service.way': `${store.service.url} answers`,
    'service.clock': 'the clock of this machine agrees with that of the service',
    'service.token': 'the service takes the token of this store',
    'vault.way': `http://127.0.0.1:${store.vault.port} answers (403)`,
    'exports.kind': 'the administrator exports the mounts, which is not checked here',
  });
  expect(reasons['mounts.snapshots']).toMatch(/^mounts are frozen by /);
  expect(calls).toBeGreaterThan(0);
  expect(store.service.requests.filter(({ name }) => name !== 'pollStore')).toEqual([
    expect.objectContaining({ name: 'showStore' }),
  ]);
  expect(await listAll(store.folder)).toEqual(before);
  expect(JSON.stringify(findings)).not.toContain(store.service.state.token);
});

test('of a configuration with problems it tells each, and checks nothing else but the program', async () => {
  const store = await TestStore.make();
  await store.configure({ listen: { prot: 1 }, maxLogBytes: 0 });
  const findings = await examine(store.configFile);

  expect(findings.filter(({ status }) => status === 'fail').map(({ reason }) => reason)).toEqual([
    'listen.prot: unknown key: did you mean port?',
    expect.stringContaining('maxLogBytes: '),
  ]);
  expect(new Set(findings.map(({ check }) => check.split('.')[0]))).toEqual(
    new Set(['configuration', 'runtime']),
  );
  await rm(store.configFile);
  expect(await find(store, 'configuration')).toMatch(
    /^fail: the configuration file .* cannot be read: ENOENT/,
  );
});

describe('before the first start', () => {
  test('the data directory is missing, the store not activated', async () => {
    const store = await TestStore.make();

    expect(await find(store, 'data.directory')).toContain('is not a folder → activate the gateway');
    expect(await find(store, 'data.identity')).toContain(
      'fail: this store is not activated → run the command',
    );
    expect(await find(store, 'service.way')).toMatch(/^ok: /);
    expect(await find(store, 'service.token')).toBe('');
    expect(await find(store, 'vault.way')).toContain('shows with the first backup');
    expect(await readdir(store.folder)).not.toContain('data');
  });

  test('the port is free', async () => {
    const port = await freePort();
    const store = await makeActivated({ listen: { port } });

    expect(await find(store, 'data.lock')).toContain('ok: no gateway runs on it');
    expect(await find(store, 'listen.address')).toBe(`ok: 127.0.0.1:${port} is free → `);
  });
});

test.each([
  [0o755, 'data.directory', /^warn: others may look into .* \(mode 755\) → run chmod 700/],
  [0o700, 'data.directory', /^ok: .* is for its owner only/],
])('the mode %o of the data directory', async (mode, check, said) => {
  const store = await makeActivated();
  await chmod(store.dataDirectory, mode);

  expect(await find(store, check)).toMatch(said);
});

test('a token that others may read is a failure', async () => {
  const store = await makeActivated();
  await chmod(join(store.dataDirectory, 'store.json'), 0o644);

  expect(await find(store, 'data.identity')).toContain('make it readable for its owner only (chmod 600)');
});

test('a folder of mounts that is missing, too full, or cannot be frozen as configured', async () => {
  const store = await makeActivated({ snapshots: 'reflink', minFreeBytes: 2 ** 52 });
  expect(await find(store, 'mounts.directory')).toMatch(/^ok: .* lies on \w+ \(/);
  expect(await find(store, 'mounts.space')).toContain('no backup can begin → delete obsolete RMAN backups');
  vi.stubEnv('PATH', store.folder);
  await store.configure({ snapshots: 'zfs' });
  expect(await find(store, 'mounts.snapshots')).toMatch(
    /^fail: mounts cannot be frozen as configured \(zfs: .*\) → put the mounts on a file system that can do it/,
  );
  await store.configure({ exports: { kind: 'exportfs', file: join(store.folder, 'no', 'a.exports') } });
  expect(await find(store, 'exports.tool')).toContain('fail: exportfs is not on the PATH');
  expect(await find(store, 'exports.file')).toContain('is missing or cannot be written');
  await rm(store.mountsDirectory, { recursive: true });
  expect(await find(store, 'mounts.directory')).toContain('make it, or mount the disk that belongs there');
});

describe('the service', () => {
  test.each([
    [{ status: 401 }, 'fail: the service refuses the token of this store (401) → activate this gateway'],
    [{ status: 502 }, 'warn: the service answers 502'],
    [{ status: 200 }, 'fail: what answers (200) is not the service of this store → check service.url'],
  ])('that answers %j', async (fault, said) => {
    const store = await makeActivated();
    store.service.onRequest = () => fault;

    expect(await find(store, 'service.token')).toContain(said);
  });

  test('that saw two gateways of this store', async () => {
    const store = await makeActivated();
    store.service.state.storeDetails = { forked: { detectedAt: new Date().toISOString(), reason: 'a copy' } };

    expect(await find(store, 'service.token')).toContain(
      'fail: more than one gateway serves this store: a copy',
    );
  });

  test.each([
    [400, 'warn: the clock of this machine is 400 s behind that of the service → set it right'],
    [-400, 'warn: the clock of this machine is 400 s ahead of that of the service → set it right'],
    [60, 'ok: the clock of this machine is 60 s behind'],
  ])('whose clock differs by %i s', async (seconds, said) => {
    const server = createServer((_, response) => {
      const whole = Math.floor(Date.now() / 1000) * 1000;
      response.setHeader('date', new Date(whole + seconds * 1000 + 500).toUTCString()).end('{}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const store = await makeActivated();
    await store.configure({ service: { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` } });

    const about = await find(store, 'service.clock');
    expect(
      about.replace(/(399|401|59|61) s/u, (_, near) => `${Math.round(Number(near) / 10) * 10} s`),
    ).toContain(said);
  });

  test('behind a proxy and a private authority is reached, or what to set is told', async () => {
    const store = await makeActivated();
    const authority = await PrivateAuthority.make();
    const host = 'service.holdfast.test';
    const port = await startTlsFront(await authority.certify([host]), store.service.port);
    const proxy = await ConnectProxy.start(new Map([[host, port]]));
    const caFile = join(store.folder, 'ca.pem');
    await writeFile(caFile, authority.certificate);
    const service = { url: `https://${host}` };
    const address = `http://127.0.0.1:${proxy.port}`;

    await store.configure({ service });
    expect(await find(store, 'service.way')).toMatch(
      /^fail: no way to .*: the name .* cannot be resolved \(\w+\) → check DNS, or set network\.proxy/,
    );
    await store.configure({ service, network: { proxy: address } });
    expect(await find(store, 'service.way')).toContain(
      '→ if it is your own, or that of a proxy that reads TLS, set network.caFile',
    );
    await store.configure({
      service,
      network: { proxy: `http://user:wordpass@127.0.0.1:${proxy.port}`, caFile },
    });
    expect(await find(store, 'service.way')).toContain(
      `ok: https://${host} answers (a proxy is set: ${address})`,
    );
    expect(await find(store, 'service.token')).toMatch(/^ok: /);
    proxy.refusesWith = 407;
    expect(await find(store, 'service.way')).toContain('(PROXY_407) → set them in network.proxy');
    await store.configure({ service, network: { caFile: join(store.folder, 'none.pem') } });
    expect(await find(store, 'network')).toContain('fail: network.caFile cannot be read');
  });
});

describe('what listens', () => {
  test('a port of another program', async () => {
    const port = await occupyPort();
    const store = await makeActivated({ listen: { port }, metrics: { port } });

    expect(await find(store, 'listen.address')).toBe(
      `fail: 127.0.0.1:${port} is in use by another program → end the other program, or set listen.port to another one`,
    );
    expect(await find(store, 'metrics.address')).toContain('set metrics.port to another one');
  });

  test('an address of another machine', async () => {
    const store = await makeActivated({ listen: { host: '192.0.2.1', port: 9090 } });

    expect(await find(store, 'listen.address')).toContain(
      '192.0.2.1:9090 cannot be listened on: EADDRNOTAVAIL',
    );
  });

  test.each([
    [365, /^ok: it is valid until \d{4}-\d\d-\d\d/],
    [10, /^warn: it expires on [\d-]+, in \d+ days → replace it and send SIGHUP/],
    [-1, /^fail: it expired on [\d-]+ → replace it and send SIGHUP/],
  ])('a certificate that is valid for %i days', async (validDays, said) => {
    const store = await makeActivated();
    const { certificate, key } = await writeCertificate(store.folder, 'server', { validDays });
    await store.configure({ listen: { port: 0, tls: { certificate, key } } });

    expect(await find(store, 'listen.certificate')).toMatch(said);
    await rm(key);
    expect(await find(store, 'listen.certificate')).toContain('fail: listen.tls.key cannot be read: ENOENT');
  });
});

test('a log file that cannot be written is a warning', async () => {
  const store = await makeActivated();
  const folder = join(store.folder, 'logs');
  await store.configure({ log: { file: join(folder, 'gateway.log') } });
  expect(await find(store, 'data.log')).toMatch(
    /^warn: .* cannot be written: the log goes to standard error → make /,
  );
  await mkdir(folder);
  expect(await find(store, 'data.log')).toMatch(/^ok: /);
});
