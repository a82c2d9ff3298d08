import { createHash } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import { writeDeb } from '../../scripts/package/deb.ts';
import { gatewayPackage } from '../../scripts/package/gateway-package.ts';
import { type DebContent, readDeb } from './read-deb.ts';

const builtAt = new Date('2026-01-02T03:04:06Z');
const build = async () => writeDeb(await gatewayPackage(builtAt));
let builds: readonly Buffer[];
let deb: DebContent;

beforeAll(async () => {
  builds = await Promise.all([build(), build()]);
  deb = await readDeb(builds[0] ?? Buffer.alloc(0));
});

test('the same input gives the same bytes', () => {
  const [one, other] = builds;

  expect(other && one?.equals(other)).toBe(true);
});

test('the archive has the members of a Debian package in their order', () => {
  expect(deb.members).toEqual(['debian-binary', 'control.tar.gz', 'data.tar.gz']);
  expect([...deb.control.keys()]).toEqual([
    ...['./', './control', './conffiles', './md5sums', './postinst', './prerm', './postrm'],
  ]);
});

test('the control file says what it needs, and how large it becomes', () => {
  const control = deb.control.get('./control')?.content ?? '';

  expect(control).toMatch(/^Package: holdfast-gateway\nVersion: \d+\.\d+\.\d+\n/);
  expect(control).toContain('\nArchitecture: all\n');
  expect(control).toContain('\nDepends: nodejs (>= 24), adduser\n');
  expect(control).toMatch(/\nInstalled-Size: \d{3,}\n$/);
});

test('everything belongs to root, has the time of the build, and no more rights than it needs', () => {
  for (const [name, { owner, time, mode }] of [...deb.control, ...deb.data]) {
    expect({ name, owner, time }).toEqual({ name, owner: 'root:root', time: builtAt.toISOString() });
    expect((mode ?? 0) & 0o022, name).toBe(0);
  }
});

test('program, configuration, service and documents lie where Debian has them, below folders of their own', () => {
  const names = [...deb.data.keys()];

  expect(names).toEqual(
    expect.arrayContaining([
      './usr/bin/holdfast-gateway',
      './usr/lib/holdfast-gateway/holdfast-gateway.mjs',
      './usr/lib/holdfast-gateway/pool-worker.mjs',
      './usr/lib/systemd/system/holdfast-gateway.service',
      './etc/holdfast/gateway.jsonc',
      './usr/share/doc/holdfast-gateway/changelog.gz',
      './usr/share/doc/holdfast-gateway/copyright',
      './usr/share/doc/holdfast-gateway/examples/oracle_rman_data_backup.sh',
    ]),
  );
  for (const name of names.filter((each) => each !== './')) {
    const parent = name.replace(/[^/]+\/?$/, '');
    expect(names.indexOf(parent), name).toBeLessThan(names.indexOf(name));
    expect(names).toContain(parent);
  }
  expect(deb.control.get('./conffiles')?.content).toBe('/etc/holdfast/gateway.jsonc\n');
});

test('the sums of the files are right', () => {
  const sums = (deb.control.get('./md5sums')?.content ?? '').trim().split('\n');

  const mjs = sums.find((line) => line.endsWith('holdfast-gateway.mjs')) ?? '';
  const content = deb.data.get('./usr/lib/holdfast-gateway/holdfast-gateway.mjs')?.content ?? '';
  expect(mjs).toBe(
    `${createHash('md5').update(content).digest('hex')}  usr/lib/holdfast-gateway/holdfast-gateway.mjs`,
  );
  expect(sums.filter((line) => line.includes('etc/holdfast'))).toEqual([]);
});

test('the licences of what is bundled are there with their texts', () => {
  const copyright = deb.data.get('./usr/share/doc/holdfast-gateway/copyright')?.content ?? '';

  expect(copyright).toContain('Holdfast');
  for (const name of ['fastify', 'zod', 'undici', 'commander', 'ulid']) {
    expect(copyright, name).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+, MIT$`, 'm'));
  }
});

test('nothing of this machine is in the program', () => {
  for (const [name, { content }] of deb.data) {
    expect(content.includes(import.meta.dirname.replace(/\/test\/package$/, '')), name).toBe(false);
  }
});
