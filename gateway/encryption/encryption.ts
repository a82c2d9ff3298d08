import type { MountId, UploadId } from '../../shared/domain/ids.ts';
import type { WrappedDataKey } from '../../shared/domain/vault/encryption/data-key.ts';
import { MountKeys } from '../../shared/domain/vault/encryption/mount-keys.ts';
import type { ManifestHeader } from '../../shared/domain/vault/manifest-rows.ts';
import { ServiceError } from '../../shared/errors.ts';
import { MoverError } from '../mover/errors.ts';
import type { FindKeys } from '../mover/restore/fetch-manifest.ts';
import type { SnapshotEncryption } from '../mover/upload/upload-snapshot.ts';
import type { KeyWrapper } from '../ports/key-wrapper.ts';
import type { Log } from '../ports/log.ts';
import {
  type DataKeys,
  type KeyedMount,
  keyUnavailable,
  type OpenedDataKey,
  openDataKey,
} from './data-keys.ts';
import { type EncryptionSettings, unencrypted } from './encryption-settings.ts';
import { openWrapper } from './wrappers.ts';

export interface EncryptionDependencies {
  readonly dataKeys: DataKeys;
  /** Read at each use, for they may change. */
  readonly settings: () => EncryptionSettings | undefined;
  readonly log: Pick<Log, 'info'>;
}

/** How an upload leaves the site. */
export interface UploadEncryption {
  readonly encryption?: SnapshotEncryption;
  readonly endsEncryption: boolean;
}

/** The name of a mount's key, "unencrypted", or undefined where nothing is said. */
export const keyNameOf = (settings: EncryptionSettings | undefined, mount: string): string | undefined =>
  settings && (own(settings.mounts, mount) ?? own(settings.mounts, '*'));

const own = <T>(record: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined;

/** Finds the keys of what is uploaded and restored. No byte leaves or arrives before they are there. */
export class Encryption {
  readonly #deps: EncryptionDependencies;

  constructor(deps: EncryptionDependencies) {
    this.#deps = deps;
  }

  /**
   * How a snapshot of the mount is to leave. The mount's first one makes its data key; a data key that is wrapped under
   * another of our keys is wrapped under the mount's own, too. Throws MoverError ENCRYPTION_KEY_….
   */
  async forUpload(mount: KeyedMount, uploadId: UploadId, signal?: AbortSignal): Promise<UploadEncryption> {
    const settings = this.#deps.settings();
    const keyName = keyNameOf(settings, mount.name);
    if (!settings || keyName === undefined) return { endsEncryption: false };
    if (keyName === unencrypted) return { endsEncryption: true };
    const { dataKey, wrapped } = await this.adopt(mount, uploadId, signal);
    const keys = new MountKeys(dataKey, { mountId: mount.mountId, generation: wrapped.generation });
    return { encryption: { keys, dataKey: wrapped }, endsEncryption: false };
  }

  /** The mount's newest data key under its key. `firstUploadId`: what a first one is made for. */
  async adopt(mount: KeyedMount, firstUploadId: UploadId, signal?: AbortSignal): Promise<OpenedDataKey> {
    const { dataKeys, log } = this.#deps;
    const wrapper = await this.wrapperOf(mount);
    const attempt = async (known: readonly WrappedDataKey[]): Promise<OpenedDataKey | undefined> => {
      if (known.length === 0) return dataKeys.create(mount, wrapper, { known, firstUploadId }, signal);
      const opened = await this.openNewest(mount, known);
      if (opened.wrapped.keyId === wrapper.keyId) return opened;
      log.info(
        { mount: mount.name, from: opened.wrapped.keyId, to: wrapper.keyId },
        'data key wrapped under another key',
      );
      return dataKeys.rewrap(mount, wrapper, opened, known, signal);
    };
    return dataKeys.settle(mount.mountId, attempt, signal);
  }

  /**
   * Wraps every data key of the mount, those of old points too, under the mount's key. Answers how many were wrapped, and
   * the generations that no key here opens.
   */
  async rewrapAll(
    mount: KeyedMount,
  ): Promise<{ readonly rewrapped: number; readonly unopened: readonly number[] }> {
    const { dataKeys } = this.#deps;
    const wrapper = await this.wrapperOf(mount);
    const generations = new Set((await dataKeys.list(mount.mountId)).map(({ generation }) => generation));
    let rewrapped = 0;
    const unopened: number[] = [];
    for (const generation of generations) {
      const outcome = await dataKeys.settle(mount.mountId, async (known) => {
        const same = known.filter((entry) => entry.generation === generation);
        if (same.some(({ keyId }) => keyId === wrapper.keyId)) return 'there';
        const opened = await this.#openAny(mount, same).catch(() => undefined);
        if (!opened) return 'unopened';
        return (await dataKeys.rewrap(mount, wrapper, opened, known)) && 'rewrapped';
      });
      if (outcome === 'rewrapped') rewrapped++;
      if (outcome === 'unopened') unopened.push(generation);
    }
    return { rewrapped, unopened };
  }

  /** The key that the configuration names for the mount. */
  async wrapperOf({ name }: KeyedMount): Promise<KeyWrapper> {
    const settings = this.#deps.settings();
    const key = settings?.keys[keyNameOf(settings, name) ?? ''];
    if (!key)
      throw new MoverError('ENCRYPTION_KEY_WRONG', `mount ${name}`, 'has no key in encryption.mounts');
    return openWrapper(key).catch((error: unknown) => {
      throw keyUnavailable(name, error);
    });
  }

  /** The keys of a snapshot that is restored; see FindKeys. `mount`: the one that it is of. */
  forRestore(
    mount: KeyedMount,
    listKeys: (mountId: MountId) => Promise<readonly WrappedDataKey[]>,
  ): FindKeys {
    return async (header) => {
      const settings = this.#deps.settings();
      const known = header.encryption || settings ? await listKeys(mount.mountId).catch(withoutList) : [];
      if (!header.encryption) return this.#acceptUnencrypted(mount, header, known);
      const { generation, firstUploadId } = header.encryption;
      // Under whichever key of ours: the data key of an old point may have been wrapped anew since.
      const entries = [header.encryption, ...known].filter(
        (entry) => entry.generation === generation && entry.firstUploadId === firstUploadId,
      );
      const { dataKey } = await this.#openAny(mount, entries);
      return new MountKeys(dataKey, { mountId: mount.mountId, generation });
    };
  }

  /** A snapshot in clear has nothing to prove where it comes from: it is taken only where one is to be expected. */
  async #acceptUnencrypted(
    mount: KeyedMount,
    { uploadId }: ManifestHeader,
    known: readonly WrappedDataKey[],
  ): Promise<undefined> {
    const settings = this.#deps.settings();
    const allowed = settings?.unencryptedPoints ?? 'all';
    if (allowed === 'all' || keyNameOf(settings, mount.name) === unencrypted) return undefined;
    if (allowed === 'before-encryption') {
      if (known.length === 0) return undefined;
      const oldest = known.toSorted((one, other) => one.generation - other.generation);
      const { wrapped } = await this.#openAny(mount, oldest);
      if (uploadId < wrapped.firstUploadId) return undefined;
    }
    throw new MoverError(
      'ENCRYPTION_MISSING',
      `mount ${mount.name}`,
      `recovery point ${uploadId} is not encrypted, and encryption.unencryptedPoints is "${allowed}": whoever can write to the bucket could have made it. Write "all" there to restore it all the same`,
    );
  }

  /** The newest data key that one of our keys opens. Throws MoverError ENCRYPTION_KEY_…. */
  openNewest(mount: KeyedMount, known: readonly WrappedDataKey[]): Promise<OpenedDataKey> {
    const mine = keyNameOf(this.#deps.settings(), mount.name);
    const newestFirst = known.toReversed().toSorted((one, other) => other.generation - one.generation);
    return this.#openAny(mount, newestFirst, mine);
  }

  /** The first of the entries that one of our keys opens; those of the key `preferred` before others of its generation. */
  async #openAny(
    mount: KeyedMount,
    entries: readonly WrappedDataKey[],
    preferred?: string,
  ): Promise<OpenedDataKey> {
    const { wrappers, problems } = await this.#openWrappers(preferred);
    const failures: unknown[] = [];
    for (const entry of inOrderOf(entries, wrappers)) {
      const wrapper = wrappers.find(({ keyId }) => keyId === entry.keyId);
      if (!wrapper) continue;
      try {
        return await openDataKey(mount, entry, wrapper);
      } catch (error) {
        failures.push(error);
      }
    }
    throw failures[0] ?? wrongKey(mount, entries, { wrappers, problems });
  }

  async #openWrappers(preferred: string | undefined) {
    const { keys = {} } = this.#deps.settings() ?? {};
    const names = Object.keys(keys).toSorted(
      (one, other) => Number(other === preferred) - Number(one === preferred),
    );
    const wrappers: KeyWrapper[] = [];
    const problems: string[] = [];
    for (const name of names) {
      const key = keys[name];
      if (!key) continue;
      await openWrapper(key).then(
        (wrapper) => void wrappers.push(wrapper),
        (error: unknown) => void problems.push(error instanceof Error ? error.message : String(error)),
      );
    }
    return { wrappers, problems };
  }
}

/** By generation as given, within one by the order of our keys. */
function inOrderOf(entries: readonly WrappedDataKey[], wrappers: readonly KeyWrapper[]): WrappedDataKey[] {
  const generations = [...new Set(entries.map(({ generation }) => generation))];
  const place = ({ keyId }: WrappedDataKey) => wrappers.findIndex((wrapper) => wrapper.keyId === keyId);
  return generations.flatMap((generation) =>
    entries
      .filter((entry) => entry.generation === generation)
      .toSorted((one, other) => place(one) - place(other)),
  );
}

/** A store that may not ask for the data keys of another's mount does with the one in the manifest. */
function withoutList(error: unknown): readonly WrappedDataKey[] {
  if (error instanceof ServiceError && error.retry === 'permanent') return [];
  throw error;
}

function wrongKey(
  { name }: KeyedMount,
  entries: readonly WrappedDataKey[],
  { wrappers, problems }: { readonly wrappers: readonly KeyWrapper[]; readonly problems: readonly string[] },
): MoverError {
  const wanted = [...new Set(entries.map(({ keyId }) => keyId))].join(', ');
  const has = wrappers.map(({ keyId }) => keyId).join(', ') || 'none';
  const broken = problems.map((problem) => `; ${problem}`).join('');
  const what = `its data key is wrapped under key ${wanted}, and this gateway has ${has}${broken}: give it that key in encryption.keys`;
  return new MoverError(
    problems.length > 0 ? 'ENCRYPTION_KEY_UNAVAILABLE' : 'ENCRYPTION_KEY_WRONG',
    `mount ${name}`,
    what,
  );
}
