import { createHash } from 'node:crypto';
import type { Instant } from '../../../domain/instant.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { StoredVersion } from '../../../ports/vault.ts';

interface StoredObject {
  readonly bytes: Uint8Array;
  readonly sha256: string;
  readonly storedAt: Instant;
}

interface Version {
  readonly versionId: string;
  /** Absent on a delete marker. */
  readonly object?: StoredObject;
}

/** Keys and their versions, newest first. */
export class VersionedObjects {
  readonly #versions = new Map<string, Version[]>();
  readonly #clock: Clock;
  #count = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The newest version's object; undefined when there is none or it is hidden by a delete marker. */
  newest(key: string): StoredObject | undefined {
    return this.#versions.get(key)?.[0]?.object;
  }

  /** Adds a version with a copy of the bytes. */
  add(key: string, bytes: Uint8Array): void {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    this.#put(key, { bytes: Uint8Array.from(bytes), sha256, storedAt: this.#clock.now() });
  }

  hide(key: string): void {
    this.#put(key);
  }

  /** Takes one version away, where it is there. */
  delete(key: string, versionId: string): void {
    const rest = (this.#versions.get(key) ?? []).filter((version) => version.versionId !== versionId);
    if (rest.length > 0) this.#versions.set(key, rest);
    else this.#versions.delete(key);
  }

  has(key: string, versionId: string): boolean {
    return this.#versions.get(key)?.some((version) => version.versionId === versionId) ?? false;
  }

  list(prefix: string): StoredVersion[] {
    return [...this.#versions]
      .filter(([key]) => key.startsWith(prefix))
      .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      .flatMap(([key, versions]) =>
        versions.map(({ versionId, object }, index) => ({
          key,
          versionId,
          sizeBytes: object?.bytes.length ?? 0,
          isLatest: index === 0,
          isDeleteMarker: object === undefined,
        })),
      );
  }

  #put(key: string, object?: StoredObject): void {
    this.#count += 1;
    const version = { versionId: `v${this.#count}`, ...(object && { object }) };
    this.#versions.set(key, [version, ...(this.#versions.get(key) ?? [])]);
  }
}
