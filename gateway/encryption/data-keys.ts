import { randomBytes } from 'node:crypto';
import type { MountId, UploadId } from '../../shared/domain/ids.ts';
import {
  bindDataKey,
  dataKeyBytes,
  unbindDataKey,
  type WrappedDataKey,
} from '../../shared/domain/vault/encryption/data-key.ts';
import { hasCode } from '../../shared/errors.ts';
import { MoverError } from '../mover/errors.ts';
import { KeyError, type KeyWrapper } from '../ports/key-wrapper.ts';
import type { ServiceClient } from '../service/service-client.ts';

/** A data key, opened. */
export interface OpenedDataKey {
  readonly dataKey: Buffer;
  readonly wrapped: WrappedDataKey;
}

/** A mount as errors name it. */
export interface KeyedMount {
  readonly mountId: MountId;
  readonly name: string;
}

/** Each lost race means that another gateway of the store has stored one. */
const maxAttempts = 4;

/** Opens a data key with the key that it is wrapped under. Throws MoverError ENCRYPTION_KEY_… */
export async function openDataKey(
  { mountId, name }: KeyedMount,
  wrapped: WrappedDataKey,
  wrapper: KeyWrapper,
): Promise<OpenedDataKey> {
  const payload = await wrapper.unwrap(wrapped.wrapped).catch((error: unknown) => {
    throw keyUnavailable(name, error);
  });
  const dataKey = unbindDataKey(payload, { ...wrapped, mountId });
  if (dataKey) return { dataKey, wrapped };
  const what = `data key ${wrapped.generation} opens with key ${wrapped.keyId}, but it is the data key of something else`;
  throw new MoverError('ENCRYPTION_KEY_WRONG', `mount ${name}`, what);
}

export function keyUnavailable(name: string, error: unknown): unknown {
  if (!(error instanceof KeyError)) return error;
  return new MoverError('ENCRYPTION_KEY_UNAVAILABLE', `mount ${name}`, error.message, error);
}

/** The wrapped data keys of mounts, at the service. */
export class DataKeys {
  readonly #service: Pick<ServiceClient, 'call'>;

  constructor(service: Pick<ServiceClient, 'call'>) {
    this.#service = service;
  }

  async list(mountId: MountId, signal?: AbortSignal): Promise<readonly WrappedDataKey[]> {
    return (await this.#service.call('listDataKeys', { params: { mountId } }, signal)).items;
  }

  /** Makes a new data key, stores it and answers it as it is stored; of two who do so the first one's counts. */
  async create(
    mount: KeyedMount,
    wrapper: KeyWrapper,
    made: { readonly known: readonly WrappedDataKey[]; readonly firstUploadId: UploadId },
    signal?: AbortSignal,
  ): Promise<OpenedDataKey | undefined> {
    const { known, firstUploadId } = made;
    const generation = Math.max(0, ...known.map((each) => each.generation)) + 1;
    const fresh = { dataKey: randomBytes(dataKeyBytes), generation, firstUploadId };
    return this.#store(mount, wrapper, fresh, known, signal);
  }

  /** The same data key, wrapped under another key: nothing that it encrypts changes. */
  async rewrap(
    mount: KeyedMount,
    wrapper: KeyWrapper,
    { dataKey, wrapped }: OpenedDataKey,
    known: readonly WrappedDataKey[],
    signal?: AbortSignal,
  ): Promise<OpenedDataKey | undefined> {
    return this.#store(mount, wrapper, { dataKey, ...wrapped }, known, signal);
  }

  async #store(
    mount: KeyedMount,
    wrapper: KeyWrapper,
    fresh: { dataKey: Buffer; generation: number; firstUploadId: UploadId },
    known: readonly WrappedDataKey[],
    signal: AbortSignal | undefined,
  ): Promise<OpenedDataKey | undefined> {
    const { dataKey, generation, firstUploadId } = fresh;
    const { mountId, name } = mount;
    const { keyId } = wrapper;
    const payload = bindDataKey(dataKey, { mountId, generation, firstUploadId });
    const wrapped = await wrapper.wrap(payload).catch((error: unknown) => {
      throw keyUnavailable(name, error);
    });
    const entry = { generation, firstUploadId, keyId, wrapped };
    // Opened again before anything is encrypted with it: a key that wraps and does not unwrap would lose everything.
    const opened = await openDataKey(mount, entry, wrapper);
    if (!opened.dataKey.equals(dataKey)) {
      throw new MoverError(
        'ENCRYPTION_KEY_WRONG',
        `mount ${name}`,
        `key ${keyId} does not give back what it wraps`,
      );
    }
    try {
      const body = { ...entry, number: known.length + 1 };
      await this.#service.call('storeDataKey', { params: { mountId }, body }, signal);
      return opened;
    } catch (error) {
      if (hasCode(error, 'DATA_KEY_CONFLICT')) return undefined;
      throw error;
    }
  }

  /** Repeats what lost a race, on what the winner has stored. */
  async settle<T>(
    mountId: MountId,
    attempt: (known: readonly WrappedDataKey[]) => Promise<T | undefined>,
    signal?: AbortSignal,
  ): Promise<T> {
    for (let count = 0; count < maxAttempts; count++) {
      const result = await attempt(await this.list(mountId, signal));
      if (result !== undefined) return result;
    }
    throw new Error(
      `the data keys of mount ${mountId} cannot be stored: others store theirs all the time, or there are too many`,
    );
  }
}
