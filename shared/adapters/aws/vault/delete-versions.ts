import { DeleteObjectsCommand } from '@aws-sdk/client-s3';
import type { Vault, VersionDeletion, VersionRef } from '../../../ports/vault.ts';
import type { VaultBucket } from './bucket.ts';

/** S3 takes no more in one request. */
const maxVersions = 1000;

/** What S3 answers for a version that cannot be deleted; anything else may pass, and is thrown to be tried again. */
const refusals = new Set(['AccessDenied']);

/** Deletes versions in one request; a version that is not there counts as deleted, for S3 too. */
export async function deleteVersions(
  { client, bucketName }: VaultBucket,
  versions: readonly VersionRef[],
): ReturnType<Vault['deleteVersions']> {
  requireVersions(versions);
  const { Deleted = [], Errors = [] } = await client.send(
    new DeleteObjectsCommand({
      Bucket: bucketName,
      Delete: {
        Objects: versions.map(({ key, versionId }) => ({ Key: key, VersionId: versionId })),
      },
    }),
  );
  const gone = new Set(Deleted.map(({ Key, VersionId }) => placeOf(Key, VersionId)));
  const errors = new Map(Errors.map((error) => [placeOf(error.Key, error.VersionId), error]));
  return versions.map(({ key, versionId }): VersionDeletion => {
    const place = placeOf(key, versionId);
    if (gone.has(place)) return { key, versionId, outcome: 'gone' };
    const { Code = 'no answer', Message = '' } = errors.get(place) ?? {};
    if (Code === 'NoSuchVersion') return { key, versionId, outcome: 'gone' };
    if (!refusals.has(Code)) throw new Error(`S3 did not delete ${key} ${versionId}: ${Code} ${Message}`);
    return { key, versionId, outcome: 'refused', reason: `${Code}: ${Message}` };
  });
}

/** Without a version id, S3 would lay a delete marker over the object. */
function requireVersions(versions: readonly VersionRef[]): void {
  if (versions.length < 1 || versions.length > maxVersions) {
    throw new RangeError(`cannot delete ${versions.length} versions at once: 1 to ${maxVersions}`);
  }
  const without = versions.find(({ versionId }) => versionId === '');
  if (without !== undefined) throw new RangeError(`cannot delete ${without.key} without a version id`);
}

const placeOf = (key: string | undefined, versionId: string | undefined) => `${key}\n${versionId}`;
