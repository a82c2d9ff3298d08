import { ListObjectVersionsCommand, type ListObjectVersionsCommandOutput } from '@aws-sdk/client-s3';
import { type Instant, toInstant } from '../../../domain/instant.ts';
import type { StoredVersion, Vault, VersionPage } from '../../../ports/vault.ts';
import type { VaultBucket } from './bucket.ts';

const maxEntries = 1000;

/** One page of all versions and delete markers under a prefix. */
export async function listVersions(
  { client, bucketName }: VaultBucket,
  { prefix, after }: Parameters<Vault['listVersions']>[0],
): Promise<VersionPage> {
  const command = new ListObjectVersionsCommand({
    Bucket: bucketName,
    Prefix: prefix,
    MaxKeys: maxEntries,
    ...(after && { KeyMarker: after.key, VersionIdMarker: after.versionId }),
  });
  const date = readDateOf(command);
  const page = await client.send(command);
  return { versions: versionsOf(page), ...nextOf(page), date: date() };
}

/** The answer's Date header is not part of what the SDK returns: a middleware notes it. */
function readDateOf(command: ListObjectVersionsCommand): () => Instant {
  let date: string | undefined;
  command.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const { headers } = result.response as { headers?: Record<string, string> };
      date = headers?.date;
      return result;
    },
    { step: 'deserialize', name: 'noteDateHeader' },
  );
  return () => {
    const millis = Date.parse(date ?? '');
    if (Number.isNaN(millis)) throw new Error(`S3 answered without a readable Date header: ${date}`);
    return toInstant(millis);
  };
}

/** S3 gives versions and markers apart, each in key order and newest first within a key. */
function versionsOf({ Versions = [], DeleteMarkers = [] }: ListObjectVersionsCommandOutput): StoredVersion[] {
  const stored = Versions.map((version) => ({ ...version, isDeleteMarker: false }));
  const markers = DeleteMarkers.map((marker) => ({ ...marker, Size: 0, isDeleteMarker: true }));
  return [...stored, ...markers]
    .map(({ Key, VersionId, Size, IsLatest, isDeleteMarker }) => {
      if (Key === undefined || VersionId === undefined || Size === undefined || IsLatest === undefined) {
        throw new Error(`S3 listed a version without key, id, size or order: ${Key} ${VersionId}`);
      }
      return { key: Key, versionId: VersionId, sizeBytes: Size, isLatest: IsLatest, isDeleteMarker };
    })
    .sort(
      (a, b) =>
        Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)) || Number(b.isLatest) - Number(a.isLatest),
    );
}

function nextOf(page: ListObjectVersionsCommandOutput): Pick<VersionPage, 'next'> {
  if (!page.IsTruncated) return {};
  const { NextKeyMarker: key, NextVersionIdMarker: versionId } = page;
  if (key !== undefined && versionId !== undefined) return { next: { key, versionId } };
  throw new Error('S3 cut a list of versions short without saying where it goes on');
}
