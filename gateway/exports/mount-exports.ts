import { hash } from 'node:crypto';
import { isIPv6 } from 'node:net';
import type { GatewayConfig } from '../config.ts';
import type { Mount } from '../mounts/mounts.ts';
import type { ExportedFolder, Exports } from '../ports/exports.ts';
import type { Log } from '../ports/log.ts';
import { Serializer } from '../serializer.ts';
import { exportfsExports } from './exportfs.ts';
import { noExports } from './none.ts';

export const openExports = ({ exports }: Pick<GatewayConfig, 'exports'>): Exports =>
  exports.kind === 'none' ? noExports : exportfsExports(exports.file);

/** The exports of all mounts: a mount is exported from its creation until the service no longer lists it. */
export class MountExports {
  readonly #exports: Exports;
  readonly #config: Pick<GatewayConfig, 'allowedClients'>;
  readonly #log: Log;
  /** One at a time, for the list of exports is replaced as a whole. */
  readonly #turns = new Serializer();
  #published = '';

  constructor(exports: Exports, config: Pick<GatewayConfig, 'allowedClients'>, log: Log) {
    this.#exports = exports;
    this.#config = config;
    this.#log = log;
  }

  /**
   * Makes these the mounts that are exported. A failure is told in the log, and by POST of the mounts it is about.
   * Answers whether exactly these are.
   */
  async follow(mounts: readonly Mount[]): Promise<boolean> {
    const folders = mounts.filter(isExported).flatMap((mount) => this.#foldersOf(mount));
    const wanted = JSON.stringify(folders);
    return this.#turns.run('exports', async () => {
      if (wanted === this.#published) return true;
      try {
        await this.#exports.publish(folders);
        this.#published = wanted;
        return true;
      } catch (error) {
        this.#log.error({ err: error }, 'the mounts cannot be exported, trying again');
        return false;
      }
    });
  }

  /** As far as it is known without asking the NFS server. */
  stateOf(mount: Mount): 'exported' | 'failed' | 'unmanaged' {
    if (this.#exports.kind === 'none' || this.#foldersOf(mount).length === 0) return 'unmanaged';
    return this.#published === '' ? 'failed' : 'exported';
  }

  /** Why clients cannot mount this mount, or undefined; tries to mend it first, with all of `mounts`. */
  async findProblem(mount: Mount, mounts: readonly Mount[]): Promise<string | undefined> {
    if ((await this.#check(mount)) === undefined) return undefined;
    this.#published = '';
    await this.follow(mounts);
    return this.#check(mount);
  }

  flush(): Promise<void> {
    return this.#exports.flush();
  }

  #check(mount: Mount): Promise<string | undefined> {
    return this.#exports
      .findProblem(this.#foldersOf(mount))
      .catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
  }

  #foldersOf({ mountId, name, folders }: Mount): ExportedFolder[] {
    const { allowedClients } = this.#config;
    const allowed = allowedClients[name] ?? allowedClients['*'] ?? [];
    // A folder without clients would be exported to all the world.
    if (allowed.length === 0) return [];
    const clients = allowed.map(networkOf);
    return [folders.oracleData, folders.restores, folders.clones].map((path, index) => ({
      path,
      clients,
      fsid: uuidOf(`${mountId}/${['oracle_data', 'restores', 'clones'][index]}`),
      // On ZFS a clone is a file system of its own.
      ...(path === folders.clones && { crossesMounts: true as const }),
    }));
  }
}

const isExported = ({ isListed, state }: Mount): boolean => isListed && state === 'ready';

/** Addresses as networks, too: exportfs would look up names for a bare address, and show those instead. */
const networkOf = (client: string): string => {
  if (client.includes('/')) return client;
  return `${client}/${isIPv6(client) ? 128 : 32}`;
};

const uuidOf = (name: string): string => {
  const hex = hash('sha256', name).slice(0, 32);
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/u, '$1-$2-$3-$4-$5');
};
