import { formatVaultKey } from '../../domain/vault/keys.ts';
import { readManifestHead } from '../../domain/vault/manifest-reader.ts';
import type { LogRow } from '../../domain/vault/manifest-rows.ts';
import { ServiceError } from '../../errors.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Vault } from '../../ports/vault.ts';
import { type CommitRun, findCommitting } from '../commit/find-committing.ts';
import { parseOnce } from './log-parses.ts';

/** A snapshot comes with one log, or with one for each database on its mount. */
export const maxLogsPerPoint = 200;

interface Dependencies {
  readonly catalog: Pick<Catalog, 'uploads'>;
  readonly vault: Pick<Vault, 'read' | 'putOnce'>;
}

/**
 * Third step of a commit: reads each of the upload's logs once and stores its parse beside it. A log that was read before is not
 * read again, so a run that was cut off goes on where it was.
 */
export async function readLogs(
  { catalog, vault }: Dependencies,
  run: CommitRun,
): Promise<{ logs: number; unreadable: number }> {
  const { mountId, uploadId, commit } = await findCommitting(catalog, run);
  const rows = await logRowsOf(vault, { mountId, uploadId, manifestSha256: commit.manifestSha256 });
  let unreadable = 0;
  for (const row of rows.slice(0, maxLogsPerPoint)) {
    const { outcome } = await parseOnce(vault, { mountId, uploadId }, row);
    if (outcome === 'unreadable') unreadable++;
  }
  return { logs: rows.length, unreadable };
}

/** The logs in a manifest's table. */
export async function logRowsOf(
  vault: Pick<Vault, 'read'>,
  {
    mountId,
    uploadId,
    manifestSha256: sha256,
  }: { mountId: CommitUpload['mountId']; uploadId: CommitUpload['uploadId']; manifestSha256: string },
): Promise<readonly LogRow[]> {
  const key = formatVaultKey({ kind: 'manifest', mountId, uploadId, sha256 });
  const source = await vault.read(key);
  if (source === undefined) throw new ServiceError('VAULT_OBJECT_MISSING', `${key} is not in the vault`);
  return (await readManifestHead(source, key)).logs;
}

type CommitUpload = Awaited<ReturnType<typeof findCommitting>>;
