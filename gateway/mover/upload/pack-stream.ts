import type { UploadId } from '../../../shared/domain/ids.ts';
import type { MountKeys } from '../../../shared/domain/vault/encryption/mount-keys.ts';
import { PackWriter, type PreparedFrame } from '../../../shared/domain/vault/pack.ts';
import type { PackBuffers, PackShare } from '../pack-buffers.ts';
import type { ObjectTarget } from '../ports.ts';
import { PackTable } from './pack-table.ts';

/**
 * Fills packs and puts them to the target, several at once. Their memory is a ring of fixed size: when all of it is on
 * its way, `append` waits, so memory does not grow with the data or with a slow line.
 */
export class PackStream {
  /** What was sent. */
  readonly packs = new PackTable();
  #count = 0;
  readonly #owner: UploadId;
  readonly #target: ObjectTarget;
  readonly #share: PackShare;
  readonly #keys: MountKeys | undefined;
  readonly #underWay = new Set<Promise<void>>();
  #open: { readonly writer: PackWriter; readonly buffer: Buffer } | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(target: ObjectTarget, owner: UploadId, buffers: PackBuffers, keys?: MountKeys) {
    this.#keys = keys;
    this.#owner = owner;
    this.#target = target;
    this.#share = buffers.join();
  }

  /** Where the frame came to lie. */
  async append(frame: PreparedFrame): Promise<{ readonly number: number; readonly frame: number }> {
    if (this.#open && !this.#open.writer.hasRoomFor(frame.stored.length)) this.#send();
    this.#open ??= await this.#start();
    return { number: this.#count + 1, frame: this.#open.writer.add(frame) };
  }

  get count(): number {
    return this.#count;
  }

  /** Sends what is left; resolves when every pack is in the vault. */
  async finish(): Promise<void> {
    this.#send();
    await this.#settle();
    if (this.#failure) throw this.#failure.error;
  }

  /** Resolves when no put is under way any more, and gives the memory back; never throws. The stream is at its end. */
  async close(): Promise<void> {
    await this.#settle();
    this.#open = undefined;
    this.#share.leave();
  }

  async #settle(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  async #start(): Promise<{ writer: PackWriter; buffer: Buffer }> {
    const buffer = await this.#share.take();
    if (this.#failure) throw this.#failure.error;
    const keys = this.#keys?.of('pack', { owner: this.#owner, number: this.#count + 1 });
    return { writer: new PackWriter(buffer, keys), buffer };
  }

  #send(): void {
    if (!this.#open) return;
    const { writer, buffer } = this.#open;
    this.#open = undefined;
    const { bytes, sha256, indexSha256, rawBytes } = writer.seal();
    const number = ++this.#count;
    const facts = { sha256, storedBytes: bytes.length, tableSha256: indexSha256, rawBytes };
    this.packs.add({ owner: this.#owner, number, ...facts, referencedBytes: 0 });
    const put = this.#target
      .put({ kind: 'pack', number, sha256, sizeBytes: bytes.length }, bytes)
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => {
        this.#underWay.delete(put);
        this.#share.give(buffer);
      });
    this.#underWay.add(put);
  }
}
