import type { BodyInFile, ObjectSource, ObjectTarget, StoredObject } from '../../../gateway/mover/ports.ts';
import type { MountId, UploadId } from '../../../shared/domain/ids.ts';
import { sha256Hex } from '../../../shared/domain/vault/digest.ts';
import { formatVaultKey, type VaultKey } from '../../../shared/domain/vault/keys.ts';
import { ServiceError } from '../../../shared/errors.ts';

/** The key that a service would give an object. */
export function keyOf(mountId: MountId, uploadId: UploadId, { kind, number, sha256 }: StoredObject): string {
  const key =
    kind === 'manifest' ? { kind, mountId, uploadId, sha256 } : { kind, mountId, uploadId, number, sha256 };
  return formatVaultKey(key as VaultKey);
}

export const bytesOf = (body: Buffer | BodyInFile): Buffer =>
  Buffer.isBuffer(body) ? body : body.read(0, body.sizeBytes);

/** A vault in memory. `beforePut` and `beforeGet` let a test look, wait or fail at exact places. */
export class MemoryVault implements ObjectSource {
  readonly objects = new Map<string, Buffer>();
  /** Kinds and numbers in the order in which their bytes were taken over; `pack 1`. */
  readonly puts: string[] = [];
  /** Keys in the order in which they were asked for; ranges as `key@from-to`. */
  readonly gets: string[] = [];
  beforePut: (object: StoredObject) => Promise<void> | void = () => {};
  beforeGet: (key: string) => Promise<void> | void = () => {};
  putsUnderWay = 0;

  /** What an upload of this id writes to. Objects that are there already are not taken over again. */
  target(mountId: MountId, uploadId: UploadId): ObjectTarget {
    return {
      put: async (object, body) => {
        const bytes = bytesOf(body);
        const key = keyOf(mountId, uploadId, object);
        if (this.objects.has(key)) return;
        this.putsUnderWay++;
        try {
          await this.beforePut(object);
        } finally {
          this.putsUnderWay--;
        }
        if (sha256Hex(bytes) !== object.sha256 || bytes.length !== object.sizeBytes)
          throw new Error(`bytes of ${key} changed`);
        this.objects.set(key, Buffer.from(bytes));
        this.puts.push(`${object.kind} ${object.number}`);
      },
    };
  }

  async get(key: string, range?: { readonly from: number; readonly to: number }): Promise<Buffer> {
    this.gets.push(range ? `${key}@${range.from}-${range.to}` : key);
    await this.beforeGet(key);
    const bytes = this.objects.get(key);
    if (!bytes)
      throw new ServiceError('VAULT_OBJECT_MISSING', `no object ${key}`, { details: { object: key } });
    return Buffer.from(bytes.subarray(range?.from, range?.to));
  }

  keysOf(folder: 'logs' | 'maps' | 'packs'): string[] {
    return [...this.objects.keys()].filter((key) => key.includes(`/${folder}/`)).sort();
  }
}
