import { beforeEach, describe, expect, it } from 'vitest';
import { addMillis, type Instant, toInstant } from '../../../shared/domain/instant.ts';
import type { Vault, VersionMarker, VersionRef } from '../../../shared/ports/vault.ts';
import { present } from '../support/line.ts';
import { atOnce } from '../support/paging.ts';
import { sha256 } from '../support/rows.ts';

export interface VaultUnderTest {
  readonly vault: Vault;
  /** Most entries of a page of versions. */
  readonly pageEntries: number;
  /** Sends a request with a signed URL, as a gateway does. */
  send(request: {
    readonly method: 'GET' | 'PUT';
    readonly url: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: Uint8Array;
  }): Promise<{ readonly status: number; readonly body?: Uint8Array }>;
  /** Deletes without a version id, which lays a delete marker over the object. */
  hide(key: string): Promise<void> | void;
  /** Moves an object to an archive class, as a rule of the bucket does. */
  freeze(storageClass: 'GLACIER' | 'GLACIER_IR', key: string): Promise<void> | void;
  /** Lets the vault's time pass, so far as it goes by a clock of its own. */
  pass(hours: number): Promise<void> | void;
  /** Locks a version, as Object Lock does. */
  lock(version: VersionRef, until: Instant | 'legal-hold'): Promise<void> | void;
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const key = 'v1/mounts/m/uploads/u/packs/00000001-abc';

/** What every vault must do; `makeVault` gives an empty one for each test. */
export const vaultContract = (name: string, makeVault: () => Promise<VaultUnderTest>) =>
  describe(name, () => {
    let vault: Vault;
    let under: VaultUnderTest;
    beforeEach(async () => {
      under = await makeVault();
      vault = under.vault;
    });

    const readText = async (...args: Parameters<Vault['read']>) => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of present(await vault.read(...args))) chunks.push(chunk);
      return Buffer.concat(chunks).toString();
    };
    const now = () => toInstant(Date.now());
    const signPut = (text: string, fields: Partial<Parameters<Vault['signPut']>[0]> = {}) =>
      vault.signPut({
        key,
        sha256: sha256(text),
        sizeBytes: bytesOf(text).length,
        signedAt: now(),
        validSeconds: 900,
        ...fields,
      });
    const put = async (text: string, signed: Awaited<ReturnType<typeof signPut>>) =>
      (await under.send({ method: 'PUT', ...signed, body: bytesOf(text) })).status;

    describe('a signed PUT', () => {
      it('stores the bytes it was signed for', async () => {
        expect(await put('pack', await signPut('pack'))).toBe(200);

        expect(await readText(key)).toBe('pack');
        expect(await vault.head(key)).toEqual({ sizeBytes: 4, sha256: sha256('pack') });
      });

      it('tells the sender which headers to send', async () => {
        const { headers } = await signPut('pack');

        expect(headers).toEqual({
          'content-length': '4',
          'if-none-match': '*',
          'x-amz-checksum-sha256': Buffer.from(sha256('pack'), 'hex').toString('base64'),
        });
      });

      it('sent again finds the object there', async () => {
        const signed = await signPut('pack');
        await put('pack', signed);

        expect(await put('pack', signed)).toBe(412);

        expect((await vault.listVersions({ prefix: key })).versions).toHaveLength(1);
      });

      it('does not store other bytes', async () => {
        expect(await put('PACK', await signPut('pack'))).toBe(400);

        expect(await vault.head(key)).toBeUndefined();
      });

      it.each(['if-none-match', 'x-amz-checksum-sha256'])('is refused without %s', async (name) => {
        const { url, headers } = await signPut('pack');
        const { [name]: _, ...rest } = headers;

        expect(await put('pack', { url, headers: rest })).toBe(403);

        expect(await vault.head(key)).toBeUndefined();
      });

      it('is refused with another checksum, even one that fits the bytes', async () => {
        const { url, headers } = await signPut('pack');
        const { headers: forged } = await signPut('PACK');

        const status = await put('PACK', { url, headers: { ...headers, ...forged } });

        expect(status).toBe(403);
      });

      it('is refused when its time has run out, counted from signedAt', async () => {
        const signedAt = addMillis(now(), -61_000);

        expect(await put('pack', await signPut('pack', { signedAt, validSeconds: 60 }))).toBe(403);
        expect(await put('pack', await signPut('pack', { signedAt, validSeconds: 120 }))).toBe(200);
      });

      it.each([0, 901, 1.5])('cannot be signed for %d seconds', async (validSeconds) => {
        await expect(signPut('pack', { validSeconds })).rejects.toMatchObject({ code: 'INTERNAL' });
      });

      it('stores where a delete marker hides what was there', async () => {
        await put('pack', await signPut('pack'));
        await under.hide(key);

        expect(await put('pack', await signPut('pack'))).toBe(200);
      });

      it('lets one of many at once store', async () => {
        const signed = await signPut('pack');

        const statuses = await atOnce(5, () => put('pack', signed));

        expect(statuses.filter((status) => status === 200)).toHaveLength(1);
        expect((await vault.listVersions({ prefix: key })).versions).toHaveLength(1);
      });
    });

    describe('a signed GET', () => {
      it('gives the bytes, until its time has run out', async () => {
        await vault.putOnce(key, bytesOf('pack'));
        const get = async (signedSecondsAgo: number) => {
          const signedAt = addMillis(now(), signedSecondsAgo * -1000);
          const url = await vault.signGet({ key, signedAt, validSeconds: 60 });
          return under.send({ method: 'GET', url });
        };

        const { status, body } = await get(5);

        expect(status).toBe(200);
        expect(Buffer.from(present(body)).toString()).toBe('pack');
        expect((await get(61)).status).toBe(403);
      });

      it('gives one range alone when it is signed for that', async () => {
        await vault.putOnce(key, bytesOf('content and table'));
        const range = { from: 12, to: 17 };
        const url = await vault.signGet({ key, range, signedAt: now(), validSeconds: 60 });
        const get = (headers: Record<string, string>) => under.send({ method: 'GET', url, headers });

        const { status, body } = await get({ range: 'bytes=12-16' });

        expect(status).toBe(206);
        expect(Buffer.from(present(body)).toString()).toBe('table');
        for (const other of [{ range: 'bytes=0-16' }, {}]) expect((await get(other)).status).toBe(403);
      });

      it('does not allow a PUT', async () => {
        const url = await vault.signGet({ key, signedAt: now(), validSeconds: 60 });

        expect((await under.send({ method: 'PUT', url, body: bytesOf('pack') })).status).toBe(403);

        expect(await vault.head(key)).toBeUndefined();
      });
    });

    describe('putOnce', () => {
      it('stores at a new key', async () => {
        expect(await vault.putOnce(key, bytesOf('record'))).toEqual({ outcome: 'stored' });

        expect(await readText(key)).toBe('record');
        expect(await vault.head(key)).toEqual({ sizeBytes: 6, sha256: sha256('record') });
      });

      it('gives back what is there, the same bytes or others', async () => {
        await vault.putOnce(key, bytesOf('record'));

        for (const text of ['record', 'another record']) {
          const result = await vault.putOnce(key, bytesOf(text));
          expect(result.outcome).toBe('exists');
          expect('bytes' in result && Buffer.from(result.bytes).toString()).toBe('record');
        }
        expect((await vault.listVersions({ prefix: key })).versions).toHaveLength(1);
      });

      it('lets the first of many at once win, and shows its bytes to the others', async () => {
        const results = await atOnce(10, (index) => vault.putOnce(key, bytesOf(`record ${index}`)));

        const winner = results.findIndex(({ outcome }) => outcome === 'stored');
        const others = results.filter((result) => result.outcome === 'exists');
        expect(others).toHaveLength(9);
        expect(new Set(others.map(({ bytes }) => Buffer.from(bytes).toString()))).toEqual(
          new Set([`record ${winner}`]),
        );
      });

      it('keeps an empty object', async () => {
        await vault.putOnce(key, bytesOf(''));

        expect(await readText(key)).toBe('');
        expect(await vault.head(key)).toMatchObject({ sizeBytes: 0 });
      });
    });

    describe('reading', () => {
      it('gives a range, the end excluded', async () => {
        await vault.putOnce(key, bytesOf('0123456789'));

        expect(await readText(key, { from: 0, toExclusive: 1 })).toBe('0');
        expect(await readText(key, { from: 3, toExclusive: 6 })).toBe('345');
        expect(await readText(key, { from: 8, toExclusive: 100 })).toBe('89');
      });

      it.each([
        { from: 3, toExclusive: 3 },
        { from: 4, toExclusive: 3 },
        { from: -1, toExclusive: 3 },
      ])('refuses the range $from to $toExclusive, which S3 would take for the whole', async (range) => {
        await vault.putOnce(key, bytesOf('0123456789'));

        await expect(vault.read(key, range)).rejects.toMatchObject({ code: 'INTERNAL' });
      });

      it('refuses a range behind the end', async () => {
        await vault.putOnce(key, bytesOf('0123456789'));

        await expect(vault.read(key, { from: 10, toExclusive: 12 })).rejects.toMatchObject({
          code: 'INTERNAL',
        });
      });

      it('finds nothing at a key that is not there or hidden', async () => {
        await vault.putOnce(key, bytesOf('record'));
        await under.hide(key);

        for (const missing of [key, 'v1/nothing']) {
          expect(await vault.read(missing)).toBeUndefined();
          expect(await vault.head(missing)).toBeUndefined();
        }
      });
    });

    describe('deleting versions', () => {
      const versionsOf = async (prefix: string) => (await vault.listVersions({ prefix })).versions;

      it('takes away the versions that it is given, and leaves all others', async () => {
        await vault.putOnce(key, bytesOf('first'));
        await under.hide(key);
        await vault.putOnce(key, bytesOf('second'));
        await vault.putOnce(`${key}-other`, bytesOf('other'));
        const [newest, marker, oldest] = await versionsOf(key);

        const answers = await vault.deleteVersions([present(marker), present(oldest)]);

        expect(answers.map(({ outcome }) => outcome)).toEqual(['gone', 'gone']);
        expect(answers.map(({ versionId }) => versionId)).toEqual([marker?.versionId, oldest?.versionId]);
        expect((await versionsOf(key)).map(({ versionId }) => versionId).slice(0, 1)).toEqual([
          newest?.versionId,
        ]);
        expect(await versionsOf(key)).toHaveLength(2);
        expect(await readText(key)).toBe('second');
      });

      it('lays no marker: a key whose last version goes is as new', async () => {
        await vault.putOnce(key, bytesOf('record'));
        const [version] = await versionsOf(key);

        await vault.deleteVersions([present(version)]);

        expect(await versionsOf(key)).toEqual([]);
        expect(await vault.putOnce(key, bytesOf('record'))).toEqual({ outcome: 'stored' });
      });

      it('answers gone for what is not there any more, and leaves what came to the key since', async () => {
        await vault.putOnce(key, bytesOf('record'));
        const version = present((await versionsOf(key))[0]);
        await vault.deleteVersions([version]);
        await vault.putOnce(key, bytesOf('record'));

        const [answer] = await vault.deleteVersions([version]);

        expect(answer).toMatchObject({ key, versionId: version.versionId, outcome: 'gone' });
        expect(await versionsOf(key)).toHaveLength(1);
      });

      it('takes 1 to 1,000, each with its version', async () => {
        const many = Array.from({ length: 1001 }, () => ({ key, versionId: 'v' }));

        for (const versions of [[], many, [{ key, versionId: '' }]]) {
          await expect(vault.deleteVersions(versions)).rejects.toMatchObject({ code: 'INTERNAL' });
        }
      });

      it('says which are refused, because they are locked, and deletes the others', async () => {
        await vault.putOnce(key, bytesOf('locked'));
        await vault.putOnce(`${key}-other`, bytesOf('free'));
        const versions = await versionsOf(key);
        const [locked, free] = [present(versions[0]), present(versions[1])];
        const until = addMillis(now(), 3_600_000);
        await under.lock(locked, until);

        const answers = await vault.deleteVersions([locked, free]);

        expect(answers).toMatchObject([
          {
            versionId: locked.versionId,
            outcome: 'refused',
            reason: expect.stringContaining('AccessDenied'),
          },
          { versionId: free.versionId, outcome: 'gone' },
        ]);
        expect(await vault.lockOf(locked)).toEqual({ until, hasLegalHold: false });
        expect(await vault.lockOf(free)).toBeUndefined();
        expect(await readText(key)).toBe('locked');
      });

      it('is refused until the end of a lock, which is only ever made longer', async () => {
        await vault.putOnce(key, bytesOf('locked'));
        const [version] = (await vault.listVersions({ prefix: key })).versions;
        const ref = present(version);
        const [early, late] = [60_000, 120_000].map((ms) => addMillis(now(), ms));

        await vault.extendLock(key, { mode: 'compliance', until: present(early) });
        await vault.extendLock(key, { mode: 'compliance', until: present(late) });
        await vault.extendLock(key, { mode: 'compliance', until: present(early) });

        expect(await vault.lockOf(ref)).toEqual({ until: late, hasLegalHold: false });
        expect(await vault.deleteVersions([ref])).toMatchObject([{ outcome: 'refused' }]);
        const missing = vault.extendLock(`${key}-none`, { mode: 'compliance', until: present(late) });
        await expect(missing).rejects.toMatchObject({ code: 'INTERNAL' });
      });

      it('is refused under a legal hold, which has no end', async () => {
        await vault.putOnce(key, bytesOf('held'));
        const held = present((await versionsOf(key))[0]);
        await under.lock(held, 'legal-hold');

        expect((await vault.deleteVersions([held]))[0]?.outcome).toBe('refused');

        expect(await vault.lockOf(held)).toEqual({ hasLegalHold: true });
      });

      it('finds no lock on a delete marker', async () => {
        await vault.putOnce(key, bytesOf('record'));
        await under.hide(key);
        const marker = present((await versionsOf(key))[0]);

        expect(await vault.lockOf(marker)).toBeUndefined();
      });
    });

    describe('the list of versions', () => {
      it('holds what lies under the prefix, in order of keys', async () => {
        for (const name of ['b', 'a', 'c']) await vault.putOnce(`v1/x/${name}`, bytesOf(name));
        await vault.putOnce('v1/y/d', bytesOf('d'));

        const { versions, next } = await vault.listVersions({ prefix: 'v1/x/' });

        expect(versions.map(({ key: name }) => name)).toEqual(['v1/x/a', 'v1/x/b', 'v1/x/c']);
        expect(versions[0]).toEqual({
          key: 'v1/x/a',
          versionId: expect.any(String),
          sizeBytes: 1,
          isLatest: true,
          isDeleteMarker: false,
        });
        expect(next).toBeUndefined();
      });

      it('holds delete markers and what they hide', async () => {
        await vault.putOnce(key, bytesOf('record'));
        await under.hide(key);
        await vault.putOnce(`${key}-other`, bytesOf('x'));

        const { versions } = await vault.listVersions({ prefix: key });

        expect(versions).toMatchObject([
          { key, isLatest: true, isDeleteMarker: true, sizeBytes: 0 },
          { key, isLatest: false, isDeleteMarker: false, sizeBytes: 6 },
          { key: `${key}-other`, isLatest: true, isDeleteMarker: false },
        ]);
        expect(new Set(versions.map(({ versionId }) => versionId)).size).toBe(3);
      });

      it('is empty where nothing is', async () => {
        expect(await vault.listVersions({ prefix: 'v1/nothing' })).toEqual({
          versions: [],
          date: expect.any(String),
        });
      });

      it('goes on where a full page ends', async () => {
        const { pageEntries } = under;
        const names = Array.from({ length: pageEntries + 1 }, (_, index) => `v1/many/${10_000 + index}`);
        await Promise.all(names.map((name) => vault.putOnce(name, bytesOf(''))));

        const seen: string[][] = [];
        let after: VersionMarker | undefined;
        do {
          const page = await vault.listVersions({ prefix: 'v1/many/', ...(after && { after }) });
          seen.push(page.versions.map(({ key: name }) => name));
          after = page.next;
        } while (after !== undefined);

        expect(seen.map(({ length }) => length)).toEqual([pageEntries, 1]);
        expect(seen.flat()).toEqual(names);
      });

      it('of folders names each once, also where only a hidden version is left', async () => {
        for (const name of ['a/1', 'a/2', 'b/x/1', 'c', 'd/1'])
          await vault.putOnce(`v1/f/${name}`, bytesOf(name));
        await under.hide('v1/f/d/1');

        expect(await vault.listFolders({ prefix: 'v1/f/' })).toEqual({ folders: ['a', 'b', 'd'] });
        expect(await vault.listFolders({ prefix: 'v1/f/', after: 'a' })).toEqual({ folders: ['b', 'd'] });
        expect(await vault.listFolders({ prefix: 'v1/none/' })).toEqual({ folders: [] });
      });

      it("tells S3's time in whole seconds", async () => {
        const before = Date.now();
        const { date } = await vault.listVersions({ prefix: 'v1/' });

        expect(date).toMatch(/\.000Z$/);
        expect(Date.parse(date)).toBeGreaterThan(before - 1_001);
        expect(Date.parse(date)).toBeLessThanOrEqual(Date.now());
      });
    });

    describe('an object in an archive', () => {
      const cold = 'v1/mounts/m/uploads/u/packs/00000002-cold';
      const stateOf = async (key: string) =>
        (await vault.listStorage({ prefix: key })).objects.map(({ storageClass, copy }) => [
          storageClass,
          typeof copy === 'object' ? 'readable' : copy,
        ]);
      const thaw = () => vault.thaw(cold, { tier: 'Standard', days: 1 });

      it('is listed with its class, and told from what is not there and what is read without a thaw', async () => {
        await vault.putOnce(key, Buffer.from('warm'));
        await under.freeze('GLACIER', cold);
        await under.freeze('GLACIER_IR', `${cold}-ir`);

        const { objects, next } = await vault.listStorage({ prefix: 'v1/mounts/m/' });

        expect(objects.map(({ key: each, storageClass }) => [each, storageClass])).toEqual([
          [key, 'STANDARD'],
          [cold, 'GLACIER'],
          [`${cold}-ir`, 'GLACIER_IR'],
        ]);
        expect(next).toBeUndefined();
        expect(objects[0]).toMatchObject({ sizeBytes: 4, storedAt: expect.stringMatching(/^20\d\d-/) });
        expect(await vault.thaw('v1/none', { tier: 'Bulk', days: 1 })).toBe('missing');
        expect(await vault.thaw(key, { tier: 'Bulk', days: 1 })).toBe('warm');
        expect(await vault.thaw(`${cold}-ir`, { tier: 'Bulk', days: 1 })).toBe('warm');
      });

      it('is listed from behind a key on', async () => {
        const keys = Array.from({ length: 3 }, (_, index) => `v1/list/${index}`);
        for (const each of keys) await vault.putOnce(each, Buffer.from('x'));

        const { objects } = await vault.listStorage({ prefix: 'v1/list/', after: 'v1/list/0' });

        expect(objects.map((object) => object.key)).toEqual(keys.slice(1));
      });

      it('is thawed once, read until the copy lapses, and then thawed again', async () => {
        await under.freeze('GLACIER', cold);
        const signed = async () => {
          const url = await vault.signGet({ key: cold, signedAt: now(), validSeconds: 900 });
          return (await under.send({ method: 'GET', url })).status;
        };

        expect(await signed()).toBe(403);
        expect([await thaw(), await thaw()]).toEqual(['asked', 'ongoing']);
        expect(await stateOf(cold)).toEqual([['GLACIER', 'ongoing']]);
        await under.pass(5);
        expect(await stateOf(cold)).toEqual([['GLACIER', 'readable']]);
        expect(await thaw()).toBe('readable');
        await under.pass(49);
        expect(await stateOf(cold)).toEqual([['GLACIER', undefined]]);
        expect(await thaw()).toBe('asked');
      });

      it('is tagged for its move any number of times, and throws where there is none', async () => {
        await vault.putOnce(key, Buffer.from('warm'));

        await vault.markCold(key);
        await vault.markCold(key);

        expect(await readText(key)).toBe('warm');
        await expect(vault.markCold('v1/none')).rejects.toMatchObject({ code: 'INTERNAL' });
      });
    });
  });
