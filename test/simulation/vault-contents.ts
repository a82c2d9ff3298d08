import type { CatalogState } from '../../shared/adapters/memory/catalog/state.ts';
import type { MemoryVault } from '../../shared/adapters/memory/vault.ts';
import { isLive } from '../../shared/domain/recovery-point.ts';
import { parseVaultKey } from '../../shared/domain/vault/keys.ts';

/** What is looked at. */
interface Observed {
  readonly state: CatalogState;
  readonly vault: MemoryVault;
}

export interface LostObject {
  readonly bytes: Uint8Array;
}

/** What lies in the vault by all that was ever sent to it, and what was lost there by nobody's order. */
export class VaultContents {
  /** Keys with an object that can be read. */
  readonly present = new Set<string>();
  /** What the service did not delete, and is not there. */
  readonly lost = new Map<string, LostObject>();
  /** A restore that is under way may have met it while it was lost. */
  readonly everLost = new Set<string>();
  readonly #world: Observed;
  readonly #violate: (what: string) => void;

  constructor(world: Observed, violate: (what: string) => void) {
    this.#world = world;
    this.#violate = violate;
  }

  /** The vault with an eye on what lies in it. */
  watch(vault: MemoryVault): MemoryVault {
    return {
      ...vault,
      send: async (request) => {
        const answer = await vault.send(request);
        if (request.method === 'PUT' && answer.status === 200) this.#arrived(keyOf(request.url));
        return answer;
      },
      putOnce: async (key, bytes) => {
        const result = await vault.putOnce(key, bytes);
        if (result.outcome === 'stored') this.present.add(key);
        return result;
      },
      deleteVersions: async (versions) => {
        const answers = await vault.deleteVersions(versions);
        for (const { key } of versions) {
          if ((await vault.head(key)) === undefined) this.present.delete(key);
        }
        return answers;
      },
    };
  }

  /** The bucket loses an object: nobody is told. */
  async lose(key: string): Promise<void> {
    const { vault } = this.#world;
    const source = await vault.read(key);
    const { versions } = await vault.listVersions({ prefix: key });
    if (source === undefined || versions.length === 0) return;
    this.lost.set(key, { bytes: Buffer.concat(await Array.fromAsync(source)) });
    this.everLost.add(key);
    this.present.delete(key);
    await vault.deleteVersions(versions);
  }

  /** Somebody had a copy. */
  async bringBack(key: string): Promise<void> {
    const { bytes } = this.lost.get(key) ?? {};
    if (bytes === undefined) return;
    await this.#world.vault.putOnce(key, bytes);
    this.#isThere(key);
  }

  #isThere(key: string): void {
    this.present.add(key);
    this.lost.delete(key);
  }

  #arrived(key: string): void {
    this.#isThere(key);
    const parsed = parseVaultKey(key);
    if (parsed === undefined || !('uploadId' in parsed)) return;
    const { uploads, recoveryPoints } = this.#world.state;
    // Nobody would ever look there again, were it not for the audit.
    if (uploads.get(parsed.uploadId)?.state === 'closed') {
      this.#violate(`I11: ${key} came after its upload was closed`);
    }
    const point = recoveryPoints.get(parsed.uploadId);
    if (point && !isLive(point.state)) this.#violate(`I11: ${key} came when its point was ${point.state}`);
  }
}

const keyOf = (url: string): string => decodeURI(new URL(url).pathname.slice(1));
