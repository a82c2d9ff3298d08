import type { MountId, UploadId } from '../../domain/ids.ts';
import { addMillis, type Instant } from '../../domain/instant.ts';
import { parseVaultKey } from '../../domain/vault/keys.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';

/**
 * Uploads that were found not to be given up, and until when that need not be asked again: their objects come several a second. One
 * for each process.
 */
export type SeenAtWork = Map<UploadId, { readonly mountId: MountId; readonly until: Instant }>;

/**
 * An upload that is given up is swept until a day after its last URL has died (PROTOCOL 12); only what arrives then has to be
 * remembered. So a minute more in which it is taken to be at work loses nothing.
 */
const seenMillis = 60_000;
/** More than are at work at once; what is forgotten is read again. */
const maxSeen = 1000;

/**
 * What an ObjectCreated event means. Events come late, twice, out of order or never, so none of them moves a commit:
 * the gateway asks for it and the workflow lists the prefix. Only an object for an upload that was given up matters:
 * the upload remembers it, for its prefix must be swept once more.
 */
export async function noteObject(
  { catalog, clock, seen }: { catalog: Pick<Catalog, 'uploads'>; clock: Clock; seen: SeenAtWork },
  key: string,
): Promise<'expected' | 'late' | 'foreign'> {
  const parsed = parseVaultKey(key);
  if (parsed === undefined || !('uploadId' in parsed)) return 'foreign';
  const { uploadId, mountId } = parsed;
  const now = clock.now();
  const known = seen.get(uploadId);
  if (known?.mountId === mountId && now < known.until) return 'expected';
  const upload = await catalog.uploads.find(uploadId);
  if (upload === undefined || upload.mountId !== mountId) return 'foreign';
  if (upload.state === 'closing' || upload.state === 'closed') {
    await catalog.uploads.noteLateObject(uploadId, clock.now());
    return 'late';
  }
  if (seen.size >= maxSeen) seen.clear();
  seen.set(uploadId, { mountId, until: addMillis(now, seenMillis) });
  return 'expected';
}
