import { describe, expect, it } from 'vitest';
import type { RouteContract } from '../../shared/contracts/route.ts';
import { type RouteName, routes } from '../../shared/contracts/routes.ts';
import type { Caller } from '../../shared/domain/access.ts';
import type { EventInput } from '../support/http-event.ts';
import { createMemoryService } from '../support/memory-service.ts';
import { createStoreAndMount, openSnapshot } from '../support/uploading.ts';

const admin: Caller = { credentialId: 'key-01J00000000000000000000000', role: 'admin' };
const ulid = '01J00000000000000000000000';
const params = {
  storeId: `sto-${ulid}`,
  mountId: `mnt-${ulid}`,
  uploadId: ulid,
  recoveryPointId: ulid,
  restoreId: `rst-${ulid}`,
  requestId: `bkr-${ulid}`,
  scheduleId: `sch-${ulid}`,
  alertId: `alr-${ulid}`,
  database: 'ORCL',
  databaseId: '1234567890',
  dbid: '1234567890',
  sha256: 'a'.repeat(64),
  holdId: `hld-${ulid}`,
  backupId: ulid,
  credentialId: `key-${ulid}`,
  commandId: `cmd-${ulid}`,
  rebuildId: 'rebuild-20260131120000000',
};

const send = (name: RouteName, input: EventInput) =>
  createMemoryService().send(name, { caller: admin, params, ...input });

const createKey = (description: string) =>
  send('createCredential', { rawBody: `{"role":"viewer","description":"${description}"}` });

const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

describe('a body', () => {
  it.each([
    ['that is no JSON', '{"name":'],
    ['with a NUL byte', '{"name":"a\0b"}'],
    ['that is no object', '[]'],
    ['that is null', 'null'],
    ['that is a number beyond all', '1e999'],
    ['nested without end', nested(200_000)],
    ['with an object of a million levels for a name', `{"name":${nested(1_000_000)}}`],
    ['that sets a prototype', '{"__proto__":{"name":"east"}}'],
    ['with a field that nobody knows', '{"name":"east","constructor":1}'],
    ['in Latin-1', Buffer.from('{"name":"stra\xdfe"}', 'latin1')],
    ['in UTF-16', Buffer.from('{"name":"east"}', 'utf16le')],
  ])('%s is refused with what is wrong', async (_, rawBody) => {
    const { statusCode, body } = await send('createStore', { rawBody });

    expect(statusCode).toBe(400);
    expect(body).toMatchObject({ code: 'REQUEST_INVALID', detail: expect.stringMatching(/body/) });
  });

  it('wrong in thousands of places gets an answer that fits', async () => {
    const keys = Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`key-${index}`, index]));
    const store: Caller = { ...admin, role: 'store', storeId: params.storeId as never };

    const named = await send('createStore', { body: keys });
    const listed = await send('signUpload', {
      caller: store,
      body: { fence: 1, objects: Array(500).fill({ key: 'x' }) },
    });

    for (const { statusCode, body } of [named, listed]) {
      expect(statusCode).toBe(400);
      expect(JSON.stringify(body).length).toBeLessThan(20_000);
    }
    expect(listed.body?.detail).toMatch(/; and \d{4} more$/);
  });

  it('of another type than JSON is refused by name', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/xml', 'json', '']) {
      const { statusCode, body } = await send('createStore', {
        rawBody: '{"name":"east"}',
        headers: { 'content-type': type },
      });

      expect(statusCode).toBe(415);
      expect(body).toMatchObject({
        code: 'MEDIA_TYPE_UNSUPPORTED',
        hint: expect.stringMatching(/application\/json/),
      });
    }
  });

  it.each(['application/json; charset=utf-8', 'APPLICATION/JSON', 'application/merge-patch+json'])(
    'of type %s is JSON',
    async (type) => {
      const { statusCode } = await send('createStore', {
        rawBody: '{"name":"east"}',
        headers: { 'content-type': type },
      });

      expect(statusCode).toBe(201);
    },
  );

  it('that is compressed is refused by name', async () => {
    const { statusCode, body } = await send('createStore', {
      rawBody: Buffer.from([0x1f, 0x8b]),
      headers: { 'content-encoding': 'gzip' },
    });

    expect(statusCode).toBe(415);
    expect(body?.detail).toMatch(/gzip/);
  });

  it('is refused where a route takes none', async () => {
    const listed = await send('listStores', { rawBody: '{"name":"east"}' });
    const revoked = await send('revokeCredential', { rawBody: '{' });

    expect(listed).toMatchObject({ statusCode: 400, body: { code: 'REQUEST_INVALID' } });
    expect(revoked).toMatchObject({ statusCode: 400, body: { code: 'REQUEST_INVALID' } });
  });

  it('may be left out where nothing in it is needed', async () => {
    const { body } = await send('createRestore', {});

    expect(body).toMatchObject({ code: 'RECOVERY_POINT_NOT_FOUND' });
  });
});

describe('text', () => {
  it.each([
    ['a lone surrogate', '\\ud800'],
    ['the second half of a pair', 'a\\udc00'],
    ['a NUL', 'a\\u0000b'],
    ['a line break', 'a\\nb'],
    ['an escape sequence for terminals', '\\u001b[2J'],
  ])('with %s is refused', async (_, description) => {
    const { statusCode, body } = await createKey(description);

    expect(statusCode).toBe(400);
    expect(body).toMatchObject({ issues: [{ path: 'body.description', message: expect.any(String) }] });
  });

  it.each(['Straße', '夜間バックアップ', '💾', '\\ud83d\\udcbe', 'a\\u00a0b', '\\uffff'])(
    'like %s comes back as it was sent',
    async (description) => {
      const { statusCode, body } = await createKey(description);

      expect(statusCode).toBe(201);
      expect(body?.description).toBe(JSON.parse(`"${description}"`));
    },
  );

  it('that a gateway reports may have lines, and no lone surrogate', async () => {
    const service = createMemoryService();
    const { mount, caller } = await createStoreAndMount(service);
    const { uploadId } = await openSnapshot(service, caller, mount);
    const abort = (reason: string) =>
      service.send('abortUpload', { caller, params: { uploadId }, rawBody: `{"reason":"${reason}"}` });

    expect(await abort('cut in a pair \\ud83d')).toMatchObject({ statusCode: 400 });
    expect(await abort('disk full\\n  at /data')).toMatchObject({ statusCode: 200 });
  });
});

describe('an object to sign', () => {
  it.each([
    ['pack', 0],
    ['pack', 100_000_000],
    ['log', 1.5],
    ['manifest', 1],
    ['recovery-point', 1],
  ])('of kind %s with number %s is refused', async (kind, number) => {
    const service = createMemoryService();
    const { mount, caller } = await createStoreAndMount(service);
    const { uploadId, fence } = await openSnapshot(service, caller, mount);
    const object = { kind, number, sha256: 'a'.repeat(64), sizeBytes: 1 };

    const { statusCode, body } = await service.send('signUpload', {
      caller,
      params: { uploadId },
      body: { fence, objects: [object] },
    });

    expect(statusCode).toBe(400);
    expect(body?.detail).toMatch(/^body\.objects\.0\.(kind|number): /);
  });
});

describe('a query', () => {
  it.each(['0', '-1', '1001', '1e2', '0x10', '1.0', ' 1', '', 'true', '1,2', '9'.repeat(40), '１'])(
    'limit=%s is refused',
    async (limit) => {
      const { statusCode, body } = await send('listStores', { query: { limit } });

      expect(statusCode).toBe(400);
      expect(body?.detail).toMatch(/^query\.limit: /);
    },
  );

  it.each(['2026-02-30T00:00:00.000Z', '2026-01-31T24:00:00.000Z', '2025-02-29T12:00:00.000Z', '2026-01-31'])(
    'from=%s names no moment',
    async (from) => {
      const query = { mountId: params.mountId, from };

      const { statusCode, body } = await send('listRecoveryPoints', { query });

      expect(statusCode).toBe(400);
      expect(body?.detail).toMatch(/^query\.from: is not a moment/);
    },
  );

  it('with a parameter that nobody knows is refused', async () => {
    for (const name of ['page', 'Limit', '__proto__', 'constructor']) {
      const query = JSON.parse(`{"${name}":"1"}`) as Record<string, string>;

      const { statusCode, body } = await send('listStores', { query });

      expect(statusCode).toBe(400);
      expect(body?.detail).toContain(name);
    }
  });

  it.each(['', 'null', 'bnVsbA', 'W10', 'eyJhIjoxfQ', '%00', '\0', 'x'.repeat(2048)])(
    'cursor=%s is not a place in any list',
    async (cursor) => {
      const { statusCode, body } = await send('listStores', { query: { cursor } });

      expect(statusCode).toBe(400);
      expect(body).toMatchObject({ code: 'PAGE_CURSOR_INVALID' });
    },
  );
});

describe('a path', () => {
  const withVariables = Object.entries<RouteContract>(routes).filter(([, contract]) => contract.params);
  it.each(withVariables.map(([name]) => name as RouteName))(
    'of %s refuses ids of another form',
    async (name) => {
      const { roles } = routes[name] as RouteContract;
      const role = roles === 'public' ? 'admin' : (roles.find((each) => each !== 'store') ?? 'store');
      const caller: Caller = {
        ...admin,
        role,
        ...(role === 'store' && { storeId: params.storeId as never }),
      };
      for (const id of ['x', '\0', '😀', 'x'.repeat(9_000), `${ulid}\n`, ulid.toLowerCase(), '__proto__']) {
        const wrong = Object.fromEntries(Object.keys(params).map((key) => [key, id]));

        const { statusCode, body } = await send(name, { caller, params: wrong });

        expect(statusCode).toBe(400);
        expect(body).toMatchObject({ code: 'REQUEST_INVALID' });
        expect(JSON.stringify(body).length).toBeLessThan(5_000);
        // People read it: what an id looks like, not the expression that it is checked by.
        expect(JSON.stringify(body)).not.toContain('must match pattern');
      }
    },
  );
});

describe('an Idempotency-Key', () => {
  it.each(['', ' ', 'a b', 'é', '\x7f', 'a'.repeat(201)])('%j is refused', async (key) => {
    const { statusCode, body } = await send('createStore', {
      body: { name: 'east' },
      headers: { 'idempotency-key': key },
    });

    expect(statusCode).toBe(400);
    expect(body?.detail).toMatch(/Idempotency-Key/);
  });
});
