import { type Instant, toInstant, toMillis } from '../../domain/instant.ts';
import { ServiceError } from '../../errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { StoredVersion, Vault, VersionLock, VersionMarker, VersionRef } from '../../ports/vault.ts';
import { translateFailures } from '../failures.ts';
import { copying } from './copying.ts';
import { MemoryArchive } from './vault/archive.ts';
import { SignedRequests, type VaultAnswer, type VaultRequest } from './vault/signed-requests.ts';
import { VersionedObjects } from './vault/versioned-objects.ts';

export interface MemoryVault extends Vault {
  /** What a client gets that sends a request with a signed URL. */
  send(request: VaultRequest): Promise<VaultAnswer>;
  /** Puts a delete marker on top of the key's versions. */
  hide(key: string): void;
  /** Locks a version until then (or `legal-hold`), as Object Lock in compliance mode does. */
  lock(version: VersionRef, until: Instant | 'legal-hold'): void;
  /** Moves an object to an archive class, as a rule of the bucket does; without a key all that are marked. */
  freeze(storageClass: string, key?: string): void;
  /** S3 has no expedited retrieval to give. */
  setExpedited(hasExpedited: boolean): void;
  isMarkedCold(key: string): boolean;
}

/** S3 lists at most so many versions and markers a page. */
const pageEntries = 1000;

/** A versioned bucket for tests and simulations. */
export function createMemoryVault({ clock }: { readonly clock: Clock }): MemoryVault {
  const objects = new VersionedObjects(clock);
  const archive = new MemoryArchive();
  const requests = new SignedRequests(objects, clock, (key) => archive.isFrozen(key, clock.now()));
  const locks = new Map<string, Instant | 'legal-hold'>();
  const placeOf = ({ key, versionId }: VersionRef) => `${key}\n${versionId}`;
  const lockOf = (version: VersionRef): VersionLock | undefined => {
    const until = objects.has(version.key, version.versionId) ? locks.get(placeOf(version)) : undefined;
    if (until === undefined) return undefined;
    return until === 'legal-hold' ? { hasLegalHold: true } : { until, hasLegalHold: false };
  };
  const isLocked = ({ hasLegalHold, until }: VersionLock) =>
    hasLegalHold || (until !== undefined && clock.now() < until);
  const vault = translateFailures<Vault>('vault', {
    signPut: async (request) => requests.signPut(request),
    signGet: async (request) => requests.signGet(request),

    async listVersions({ prefix, after }) {
      const rest = objects.list(prefix).slice(after ? startAfter(objects.list(prefix), after) : 0);
      const versions = rest.slice(0, pageEntries);
      const last = versions.at(-1);
      const next = last && rest.length > pageEntries && { key: last.key, versionId: last.versionId };
      // Like the Date header, in whole seconds.
      const date = toInstant(Math.floor(toMillis(clock.now()) / 1000) * 1000);
      return { versions, ...(next && { next }), date };
    },

    async listFolders({ prefix, after = '' }) {
      const names = objects.list(prefix).flatMap(({ key }) => {
        const [name = '', ...inside] = key.slice(prefix.length).split('/');
        return inside.length > 0 && name > after ? [name] : [];
      });
      const all = [...new Set(names)].sort();
      const folders = all.slice(0, pageEntries);
      const next = all.length > pageEntries ? folders.at(-1) : undefined;
      return { folders, ...(next !== undefined && { next }) };
    },

    async head(key) {
      const object = objects.newest(key);
      return object && { sizeBytes: object.bytes.length, sha256: object.sha256 };
    },

    async read(key, range) {
      const object = objects.newest(key);
      if (object && archive.isFrozen(key, clock.now())) {
        throw new ServiceError('VAULT_OBJECT_FROZEN', `${key} is archived`);
      }
      if (object && range) requireRange(key, object.bytes.length, range);
      return object && chunksOf(object.bytes.slice(range?.from, range?.toExclusive));
    },

    async putOnce(key, bytes) {
      const there = objects.newest(key);
      if (there !== undefined) return { outcome: 'exists', bytes: there.bytes.slice() };
      objects.add(key, bytes);
      return { outcome: 'stored' };
    },

    async deleteVersions(versions) {
      requireVersions(versions);
      return versions.map((version) => {
        const lock = lockOf(version);
        if (lock && isLocked(lock)) return { ...version, outcome: 'refused', reason: 'AccessDenied: locked' };
        objects.delete(version.key, version.versionId);
        return { ...version, outcome: 'gone' };
      });
    },

    async extendLock(key, { until }) {
      const [newest] = objects.list(key).filter((version) => version.key === key && version.isLatest);
      if (newest === undefined || newest.isDeleteMarker) throw new Error(`there is no object ${key}`);
      const place = placeOf(newest);
      const there = locks.get(place);
      if (there === undefined || (there !== 'legal-hold' && there < until)) locks.set(place, until);
    },

    async lockOf(version) {
      return lockOf(version);
    },

    async listStorage({ prefix, after = '' }) {
      const all = objects
        .list(prefix)
        .filter((each) => each.isLatest && !each.isDeleteMarker && each.key > after);
      const stored = all.slice(0, pageEntries).flatMap(({ key, sizeBytes }) => {
        const storedAt = objects.newest(key)?.storedAt;
        return storedAt ? [{ key, sizeBytes, storedAt, ...archive.stateOf(key, clock.now()) }] : [];
      });
      const next = all.length > pageEntries ? stored.at(-1)?.key : undefined;
      return { objects: stored, ...(next !== undefined && { next }) };
    },

    async markCold(key) {
      if (objects.newest(key) === undefined) throw new Error(`there is no object ${key}`);
      archive.mark(key);
    },

    async thaw(key, request) {
      return objects.newest(key) === undefined ? 'missing' : archive.thaw(key, request, clock.now());
    },
  });
  return {
    ...copying(vault),
    // A stream cannot be copied; its bytes are a copy already.
    read: vault.read,
    send: async (request) => requests.answer(request),
    hide: (key) => objects.hide(key),
    lock: (version, until) => void locks.set(placeOf(version), until),
    freeze: (storageClass, key) =>
      key === undefined ? archive.moveMarked(storageClass) : archive.move(key, storageClass),
    setExpedited: (hasExpedited) => {
      archive.hasExpedited = hasExpedited;
    },
    isMarkedCold: (key) => archive.isMarked(key),
  };
}

function requireVersions(versions: readonly VersionRef[]): void {
  const isAllowed =
    versions.length >= 1 &&
    versions.length <= pageEntries &&
    versions.every(({ versionId }) => versionId !== '');
  if (!isAllowed) throw new RangeError(`cannot delete ${versions.length} versions at once, each by its id`);
}

function requireRange(key: string, sizeBytes: number, range: { from: number; toExclusive: number }): void {
  const { from, toExclusive } = range;
  if (from >= 0 && from < toExclusive && from < sizeBytes) return;
  throw new RangeError(`cannot read bytes ${from} to ${toExclusive} of the ${sizeBytes} at ${key}`);
}

/** A marker may name a version that is gone: the list goes on behind its key, then. */
function startAfter(versions: readonly StoredVersion[], { key, versionId }: VersionMarker): number {
  const at = versions.findIndex((version) => version.key === key && version.versionId === versionId);
  if (at >= 0) return at + 1;
  const behind = versions.findIndex((version) => version.key > key);
  return behind < 0 ? versions.length : behind;
}

async function* chunksOf(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}
