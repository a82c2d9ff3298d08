import { ulid } from 'ulid';
import type { MountId, UploadId } from '../../shared/domain/ids.ts';
import type { WrappedDataKey } from '../../shared/domain/vault/encryption/data-key.ts';
import { loadConfig } from '../config.ts';
import { connect } from '../connections.ts';
import { openNetwork } from '../network/network.ts';
import { KeyError } from '../ports/key-wrapper.ts';
import { findIdentity } from '../service/identity.ts';
import type { ServiceClient } from '../service/service-client.ts';
import { DataKeys } from './data-keys.ts';
import { Encryption, keyNameOf } from './encryption.ts';
import { unencrypted } from './encryption-settings.ts';

/** How a mount stands. */
export interface MountKeyState {
  readonly mount: string;
  readonly mountId: string;
  /** By the configuration: a name in encryption.keys, "unencrypted", or undefined where nothing is said. */
  readonly key: string | undefined;
  /** The mount's data keys as the service has them: generation and the wrapping key of each. */
  readonly dataKeys: readonly Pick<WrappedDataKey, 'generation' | 'keyId'>[];
  readonly status: 'clear' | 'new' | 'ready' | 'rotate' | 'failed';
  readonly reason: string;
}

interface Tool {
  readonly encryption: Encryption;
  readonly dataKeys: DataKeys;
  readonly mounts: readonly {
    readonly mountId: MountId;
    readonly name: string;
    readonly key: string | undefined;
  }[];
}

/** Whether the data keys of all mounts of the store open with the keys of the configuration. Changes nothing. */
export const checkKeys = (configFile: string): Promise<MountKeyState[]> =>
  withTool(configFile, async ({ encryption, dataKeys, mounts }) => {
    const states: MountKeyState[] = [];
    for (const { mountId, name, key } of mounts) {
      const known = await dataKeys.list(mountId);
      const about = {
        mount: name,
        mountId,
        key,
        dataKeys: known.map(({ generation, keyId }) => ({ generation, keyId })),
      };
      states.push({ ...about, ...(await judge({ mountId, name, key }, known, encryption)) });
    }
    return states;
  });

type Judgement = Pick<MountKeyState, 'reason' | 'status'>;

async function judge(
  mount: Tool['mounts'][number],
  known: readonly WrappedDataKey[],
  encryption: Encryption,
): Promise<Judgement> {
  if (mount.key === undefined || mount.key === unencrypted) {
    const reason =
      known.length === 0 ? 'is not encrypted' : 'has encrypted points, and is no longer encrypted';
    const isOversight = known.length > 0 && mount.key === undefined;
    return isOversight
      ? {
          status: 'failed',
          reason: 'has been encrypted, and encryption.mounts names no key for it: its uploads are refused',
        }
      : { status: 'clear', reason };
  }
  try {
    const { keyId } = await encryption.wrapperOf(mount);
    if (known.length === 0)
      return { status: 'new', reason: `its first upload makes its data key, under key ${keyId}` };
    const { wrapped } = await encryption.openNewest(mount, known);
    return wrapped.keyId === keyId
      ? { status: 'ready', reason: `data key ${wrapped.generation} opens with key ${keyId}` }
      : {
          status: 'rotate',
          reason: `data key ${wrapped.generation} opens with key ${wrapped.keyId}, not yet with ${keyId}: run holdfast key rotate`,
        };
  } catch (error) {
    return { status: 'failed', reason: reasonOf(error) };
  }
}

/** What became of one mount's data keys. */
export interface Rotation {
  readonly mount: string;
  readonly keyId: string;
  readonly rewrapped: number;
  /** Generations that no key of the configuration opens: what they encrypt still needs its own key. */
  readonly unopened: readonly number[];
}

/** Wraps the data keys of all encrypted mounts, old generations too, under the keys that the configuration names. */
export const rotateKeys = (configFile: string): Promise<Rotation[]> =>
  withTool(configFile, async ({ encryption, mounts }) => {
    const done: Rotation[] = [];
    for (const mount of mounts) {
      if (mount.key === undefined || mount.key === unencrypted) continue;
      const { keyId } = await encryption.wrapperOf(mount);
      done.push({ mount: mount.name, keyId, ...(await encryption.rewrapAll(mount)) });
    }
    return done;
  });

/** Gives a mount a new data key: its next snapshot is uploaded whole, and what its old one encrypts needs the old keys. */
export const renewDataKey = (
  configFile: string,
  name: string,
): Promise<{ generation: number; keyId: string }> =>
  withTool(configFile, async ({ encryption, dataKeys, mounts }) => {
    const mount = mounts.find((each) => each.name === name);
    if (!mount) throw new KeyError(`this store has no mount ${name}`);
    const wrapper = await encryption.wrapperOf(mount);
    const firstUploadId = ulid() as UploadId;
    const { wrapped } = await dataKeys.settle(mount.mountId, (known) =>
      dataKeys.create(mount, wrapper, { known, firstUploadId }),
    );
    return { generation: wrapped.generation, keyId: wrapped.keyId };
  });

async function withTool<T>(configFile: string, act: (tool: Tool) => Promise<T>): Promise<T> {
  const config = await loadConfig(configFile);
  const identity = await findIdentity(config.dataDirectory);
  if (!identity) throw new KeyError('this store is not activated: its mounts are not known yet');
  const connections = connect(config, identity, await openNetwork(config.network));
  try {
    const dataKeys = new DataKeys(connections.service);
    const settings = () => config.encryption;
    const encryption = new Encryption({ dataKeys, settings, log: silent });
    const mounts = await listMounts(connections.service);
    const withKeys = mounts.map((mount) => ({ ...mount, key: keyNameOf(config.encryption, mount.name) }));
    return await act({ encryption, dataKeys, mounts: withKeys });
  } finally {
    await connections.close();
  }
}

/** The commands say themselves what they did. */
const silent = { info() {} };

async function listMounts(service: ServiceClient): Promise<{ mountId: MountId; name: string }[]> {
  const mounts: { mountId: MountId; name: string }[] = [];
  for (let cursor: string | undefined, isFirst = true; isFirst || cursor !== undefined; isFirst = false) {
    const page = await service.call('listMounts', { query: { limit: '100', ...(cursor && { cursor }) } });
    for (const { mountId, name, state } of page.items) if (state !== 'gone') mounts.push({ mountId, name });
    cursor = page.cursor;
  }
  return mounts;
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
