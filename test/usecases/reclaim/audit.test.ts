import { Readable } from 'node:stream';
import { beforeEach, describe, expect, it } from 'vitest';
import { createMemoryCatalog } from '../../../shared/adapters/memory/catalog.ts';
import type { RecoveryPoint } from '../../../shared/domain/recovery-point.ts';
import { readJournal } from '../../../shared/usecases/catalog-rebuild/read-journal.ts';
import { auditMount } from '../../../shared/usecases/reclaim/audit-mount.ts';
import { deleteOrphans } from '../../../shared/usecases/reclaim/delete-orphans.ts';
import { findAudits } from '../../../shared/usecases/reclaim/find-audits.ts';
import { noteDamage } from '../../../shared/usecases/reclaim/note-damage.ts';
import { createdMount, openedUpload, present } from '../../adapters/support/line.ts';
import { ids } from '../../adapters/support/rows.ts';
import { ReclaimLine } from './reclaim-line.ts';

let line: ReclaimLine;
let gone: RecoveryPoint;
let live: RecoveryPoint;
/** A tombstone with a pack that a live point needs. */
beforeEach(async () => {
  line = await ReclaimLine.make();
  gone = await line.add(2);
  live = await line.add(1, ({ number }) => number === 1);
  await line.reclaim(gone);
});

const audit = () => auditMount(line.dependencies, line.mountId);
const keyOf = (owner: string, name: string) => `v1/mounts/${line.mountId}/uploads/${owner}/${name}`;
const put = (owner: string, name: string) => line.vault.putOnce(keyOf(owner, name), Buffer.from(name));
const versionOf = async (key: string) =>
  present((await line.vault.listVersions({ prefix: key })).versions[0]);

describe('an audit', () => {
  it('finds nothing where reclaims left what they should', async () => {
    expect(await audit()).toEqual({ objects: 5, damage: [], unknown: [] });
  });

  it('finds what a live point names and the vault has not, wherever it lies', async () => {
    const [shared, own] = await line.packsOf(live);
    for (const pack of [present(shared), present(own)]) {
      await line.vault.deleteVersions([await versionOf(line.keyOf(pack))]);
    }

    expect([...(await audit()).damage].sort()).toEqual(
      [line.keyOf(present(shared)), line.keyOf(present(own))].sort(),
    );
  });

  it('finds what is hidden, and what has another length', async () => {
    const [shared, own] = (await line.packsOf(live)).map((pack) => line.keyOf(pack));
    line.vault.hide(present(shared));
    await line.vault.deleteVersions([await versionOf(present(own))]);
    await line.vault.putOnce(present(own), Buffer.from('something else'));

    expect([...(await audit()).damage].sort()).toEqual([present(shared), present(own)].sort());
  });

  it('takes the lost table of a live point for damage, and for no empty one: nothing is an orphan then', async () => {
    await put(gone.recoveryPointId, 'stray');
    const manifest = keyOf(live.recoveryPointId, `manifest-${live.manifestSha256}.zst`);
    await line.vault.deleteVersions([await versionOf(manifest)]);

    const found = await audit();

    expect(found).toMatchObject({ damage: [manifest] });
    expect(found).not.toHaveProperty('orphans');
    expect((await line.find(live.recoveryPointId)).damage).toMatchObject({
      ...{ objects: 1, named: [{ key: manifest, found: 'missing' }] },
    });
  });

  it('says of every point that names it what is damaged, until it is whole again', async () => {
    const child = await line.add();
    const [shared, own] = (await line.packsOf(live)).map((pack) => line.keyOf(pack));
    const bytes = Buffer.concat(await Array.fromAsync(present(await line.vault.read(present(own)))));
    const { lineVersion } = await line.mount();
    await line.vault.deleteVersions([await versionOf(present(own))]);
    line.vault.hide(present(shared));
    await audit();
    const damageOf = async (point: RecoveryPoint) => (await line.find(point.recoveryPointId)).damage;

    for (const point of [live, child]) {
      expect(await damageOf(point)).toEqual({
        ...{ since: line.clock.now(), objects: 2 },
        named: [own, shared].sort().map((key) => ({ key, found: 'missing' })),
      });
    }
    const noted = await line.mount();
    expect(noted.lineVersion).toBe(lineVersion + 2);
    await audit();
    expect(await line.mount()).toEqual(noted);

    // The marker goes, and the bytes that are lost are brought back from elsewhere.
    await line.vault.deleteVersions([await versionOf(present(shared))]);
    await line.vault.putOnce(present(own), bytes);
    await audit();

    expect([await damageOf(live), await damageOf(child)]).toEqual([undefined, undefined]);
  });

  it('reads what a store could not use, and what was wrong before', async () => {
    const [shared, own] = (await line.packsOf(live)).map((pack) => line.keyOf(pack));
    const report = new Map([shared, own].map((key) => [present(key), 'reported' as const]));
    await noteDamage(line.dependencies, line.mountId, { damaged: report, hasSeen: () => false });
    const damage = async () => (await line.find(live.recoveryPointId)).damage?.named;
    expect(await damage()).toEqual([shared, own].sort().map((key) => ({ key, found: 'reported' })));

    const read: typeof line.vault.read = async (key) =>
      key === own
        ? (Readable.from([Buffer.from('rotten')]) as AsyncIterable<Uint8Array>)
        : line.vault.read(key);
    const rotten = { ...line.dependencies, vault: { ...line.vault, read } };
    await auditMount(rotten, line.mountId);
    expect(await damage()).toEqual([{ key: own, found: 'changed' }]);
    await auditMount(rotten, line.mountId);
    expect(await damage()).toEqual([{ key: own, found: 'changed' }]);

    await audit();
    expect(await damage()).toBeUndefined();

    // What is archived cannot be read: it stays in doubt, and the audit goes on.
    line.vault.freeze('DEEP_ARCHIVE', present(own));
    await noteDamage(line.dependencies, line.mountId, { damaged: report, hasSeen: () => false });
    await audit();
    expect(await damage()).toEqual([{ key: own, found: 'reported' }]);
  });

  it('lists what is left of tombstones and closed uploads, to be deleted once the journal says so', async () => {
    await put(gone.recoveryPointId, `packs/00000009-${'0'.repeat(64)}`);
    await put(gone.recoveryPointId, 'file-map-00000002.json.zst');
    const { orphans } = await audit();
    expect(orphans).toMatchObject({ objects: 2 });

    const { listSha256 } = present(orphans);
    let storedBefore = 0;
    const deleteVersions: typeof line.vault.deleteVersions = async (versions) => {
      storedBefore = (await line.mount()).journal.stored;
      return line.vault.deleteVersions(versions);
    };
    const watched = { ...line.dependencies, vault: { ...line.vault, deleteVersions } };
    const done = await deleteOrphans(watched, { mountId: line.mountId, listSha256 });

    expect(done).toMatchObject({ objects: 2, spared: 0, locked: 0 });
    const last = (await readJournal(line.vault, line.mountId)).at(-1);
    expect(last).toMatchObject({ number: storedBefore, kind: 'orphans-reclaiming', data: { listSha256 } });
    expect((await audit()).objects).toBe(5);
    expect(new Set(await line.keys())).toEqual(await line.marked());
  });

  it('leaves alone what a live point, an open upload or a point on its way out has', async () => {
    await line.add();
    await line.mark(live);
    await put(live.recoveryPointId, 'stray');
    const open = await openedUpload(line.catalog, await line.mount());
    await put(open.uploadId, 'packs/1');

    expect(await audit()).not.toHaveProperty('orphans');
  });

  it('reports uploads that nobody knows, and never touches them', async () => {
    const stranger = ids.upload();
    await put(stranger, 'packs/1');
    await put(stranger, 'packs/2');
    const ofOther = await createdMount(line.catalog);
    const foreign = await openedUpload(line.catalog, ofOther);
    await put(foreign.uploadId, 'packs/1');

    expect(await audit()).toMatchObject({ damage: [], unknown: [stranger, foreign.uploadId].sort() });
    expect(await audit()).not.toHaveProperty('orphans');
  });

  it('goes on where the last call ended', async () => {
    const listVersions: typeof line.vault.listVersions = async (request) => {
      const page = await line.vault.listVersions(request);
      const [first] = page.versions;
      const next = page.versions.length > 1 ? first : undefined;
      return { versions: first ? [first] : [], date: page.date, ...(next && { next }) };
    };
    const small = { ...line.dependencies, vault: { ...line.vault, listVersions } };
    const [shared, own] = (await line.packsOf(live)).map((pack) => line.keyOf(pack));
    await line.vault.deleteVersions([await versionOf(present(own))]);

    // Each call begins behind a key; whatever lies before it was looked at already.
    const whole = await auditMount(small, line.mountId);
    const rest = await auditMount(small, line.mountId, await versionOf(present(shared)));

    expect(whole).toMatchObject({ objects: 4, damage: [present(own)] });
    expect(rest).toMatchObject({ objects: 3, damage: [present(own)] });
  });
});

describe('a list of orphans', () => {
  it('is looked at again before it is carried out: what came to be needed stays', async () => {
    await put(gone.recoveryPointId, 'stray');
    const { orphans } = await audit();
    const list = { mountId: line.mountId, listSha256: present(orphans).listSha256 };
    const find: typeof line.catalog.recoveryPoints.find = async (id) => {
      const point = await line.catalog.recoveryPoints.find(id);
      return id === gone.recoveryPointId && point ? { ...point, state: 'pending-deletion' } : point;
    };
    const catalog = { ...line.catalog, recoveryPoints: { ...line.catalog.recoveryPoints, find } };

    expect(await deleteOrphans({ ...line.dependencies, catalog }, list)).toMatchObject({
      ...{ objects: 0, spared: 1 },
    });
    expect(await deleteOrphans(line.dependencies, list)).toMatchObject({ objects: 1 });
    expect(await deleteOrphans(line.dependencies, list)).toMatchObject({ spared: 0, locked: 0 });
  });

  it('leaves what is locked to the next audit', async () => {
    await put(gone.recoveryPointId, 'stray');
    line.vault.lock(await versionOf(keyOf(gone.recoveryPointId, 'stray')), 'legal-hold');
    const list = { mountId: line.mountId, listSha256: present((await audit()).orphans).listSha256 };

    expect(await deleteOrphans(line.dependencies, list)).toMatchObject({ objects: 0, locked: 1 });

    expect((await audit()).orphans).toMatchObject({ objects: 1 });
  });

  it('is refused where it is the list of a reclaim', async () => {
    const { deletion } = await line.find(gone.recoveryPointId);
    const list = { mountId: line.mountId, listSha256: deletion?.reclaim?.listSha256 ?? '' };

    await expect(deleteOrphans(line.dependencies, list)).rejects.toMatchObject({
      code: 'VAULT_OBJECT_DAMAGED',
    });
  });
});

it('every mount is audited on one day of seven', async () => {
  const catalog = createMemoryCatalog();
  const made: string[] = [];
  for (let count = 0; count < 120; count++) made.push((await createdMount(catalog)).mountId);

  const audited: string[] = [];
  for (let day = 1; day <= 7; day++) {
    const at = `2026-03-0${day}T00:00:00.000Z` as never;
    const one = await findAudits({ catalog }, at);
    const two = await findAudits({ catalog }, at, one.cursor);
    audited.push(...[...one.items, ...two.items].map(({ mountId }) => mountId));
    expect(two.cursor).toBeUndefined();
  }

  expect(audited.sort()).toEqual(made.sort());
});
