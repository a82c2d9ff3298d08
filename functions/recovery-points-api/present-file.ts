import { toInstant } from '../../shared/domain/instant.ts';
import type { ManifestEntry } from '../../shared/domain/vault/manifest-rows.ts';

/** An entry as the API shows it. A path that is not UTF-8 is given as its bytes, so that none is ever mangled. */
export function presentFile(entry: ManifestEntry) {
  const text = entry.path.toString('utf8');
  const isText = Buffer.from(text, 'utf8').equals(entry.path);
  return {
    ...(isText ? { path: text } : { pathBase64: entry.path.toString('base64') }),
    type: entry.type,
    ...(entry.type === 'file' && { sizeBytes: entry.size }),
    ...('mtimeNs' in entry && { modifiedAt: toInstant(Number(entry.mtimeNs / 1_000_000n)) }),
  };
}
