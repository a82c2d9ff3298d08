import type { MountId, UploadId } from '../../domain/ids.ts';
import { uploadsPrefix } from '../../domain/vault/keys.ts';
import type { Catalog } from '../../ports/catalog.ts';

/** Whose objects may be orphans: those of uploads that have ended for good, as the catalog says. */
export class Owners {
  readonly unknown: string[] = [];
  readonly #catalog: Pick<Catalog, 'uploads' | 'recoveryPoints'>;
  readonly #mountId: MountId;
  readonly #known = new Map<string, 'ended' | 'other'>();

  constructor(catalog: Pick<Catalog, 'uploads' | 'recoveryPoints'>, mountId: MountId) {
    this.#catalog = catalog;
    this.#mountId = mountId;
  }

  async kindOf(key: string): Promise<'ended' | 'other'> {
    const owner = key.slice(uploadsPrefix(this.#mountId).length).split('/')[0] ?? '';
    const known = this.#known.get(owner);
    if (known !== undefined) return known;
    const kind = await this.#find(owner as UploadId);
    this.#known.set(owner, kind);
    return kind;
  }

  async #find(owner: UploadId): Promise<'ended' | 'other'> {
    const upload = await this.#catalog.uploads.find(owner);
    if (upload?.mountId !== this.#mountId) {
      this.unknown.push(owner);
      return 'other';
    }
    if (upload.state === 'closed') return 'ended';
    const point = await this.#catalog.recoveryPoints.find(owner);
    return point?.state === 'tombstone' ? 'ended' : 'other';
  }
}
