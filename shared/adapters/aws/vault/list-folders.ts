import { ListObjectVersionsCommand } from '@aws-sdk/client-s3';
import type { FolderPage, Vault } from '../../../ports/vault.ts';
import type { VaultBucket } from './bucket.ts';

const maxEntries = 1000;

/** One page of the folders under a prefix, of versions and delete markers too. */
export async function listFolders(
  { client, bucketName }: VaultBucket,
  { prefix, after }: Parameters<Vault['listFolders']>[0],
): Promise<FolderPage> {
  const page = await client.send(
    new ListObjectVersionsCommand({
      ...{ Bucket: bucketName, Prefix: prefix, Delimiter: '/', MaxKeys: maxEntries },
      // `0` comes right after `/`: behind everything in that folder.
      ...(after !== undefined && { KeyMarker: `${prefix}${after}0` }),
    }),
  );
  const folders = (page.CommonPrefixes ?? []).map(({ Prefix = '' }) => Prefix.slice(prefix.length, -1));
  if (!page.IsTruncated) return { folders };
  // Where the page ended at an object beside the folders, the marker is that object.
  const next = page.NextKeyMarker?.slice(prefix.length).replace(/\/$/, '');
  if (next === undefined) throw new Error('S3 cut a list of folders short without saying where it goes on');
  return { folders, next };
}
