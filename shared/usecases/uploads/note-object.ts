import { parseVaultKey } from '../../domain/vault/keys.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';

/**
 * What an ObjectCreated event means. Events come late, twice, out of order or never, so none of them moves a commit:
 * the gateway asks for it and the workflow lists the prefix. Only an object for an upload that was given up matters:
 * the upload remembers it, for its prefix must be swept once more.
 */
export async function noteObject(
  { catalog, clock }: { catalog: Pick<Catalog, 'uploads'>; clock: Clock },
  key: string,
): Promise<'expected' | 'late' | 'foreign'> {
  const parsed = parseVaultKey(key);
  if (parsed === undefined || !('uploadId' in parsed)) return 'foreign';
  const upload = await catalog.uploads.find(parsed.uploadId);
  if (upload === undefined || upload.mountId !== parsed.mountId) return 'foreign';
  if (upload.state !== 'closing' && upload.state !== 'closed') return 'expected';
  await catalog.uploads.noteLateObject(upload.uploadId, clock.now());
  return 'late';
}
