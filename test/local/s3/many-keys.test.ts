import { ListObjectsV2Command, ListObjectVersionsCommand, type S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Database } from '../../../local/s3/database.ts';
import type { LocalS3 } from '../../../local/s3/server.ts';
import { makeVersionId, VersionIndex } from '../../../local/s3/version-index.ts';
import { clientOf, newDirectory, removeDirectory, startLocal } from './local-server.ts';

const Bucket = 'many';
const KEYS = Array.from({ length: 2500 }, (_, i) => `k/${String(i).padStart(4, '0')}`);
const VERSIONS_PER_KEY = 2;

const directory = newDirectory();
let s3: LocalS3;
let client: S3Client;
beforeAll(async () => {
  fillIndex();
  s3 = await startLocal({ directory });
  s3.putBucket({ name: Bucket, versioning: true });
  client = clientOf(s3.endpoint, 'Admin');
});
afterAll(async () => {
  client.destroy();
  await s3.close();
  removeDirectory(directory);
});

/** Five thousand uploads take too long for what they show here: the index is filled as they would fill it. */
function fillIndex(): void {
  const database = new Database(directory);
  const versions = new VersionIndex(database);
  database.transaction(() => {
    for (const key of KEYS) {
      for (let i = 0; i < VERSIONS_PER_KEY; i++) {
        const seq = database.nextSeq();
        versions.insertCurrent(Bucket, {
          ...{ key, seq, versionId: makeVersionId(seq), lastModified: 0, isDeleteMarker: false },
          ...{ sizeBytes: 1, etag: 'e', bodyId: `body-${seq}` },
          attributes: { headers: {}, metadata: {}, storageClass: 'STANDARD' },
          checksum: { algorithm: 'CRC32', type: 'FULL_OBJECT', value: 'AAAAAA==' },
        });
      }
    }
  });
  database.close();
}

it('lists 2,500 keys in three pages of at most a thousand', async () => {
  const sizes: (number | undefined)[] = [];
  const seen: (string | undefined)[] = [];
  let ContinuationToken: string | undefined;
  do {
    const page = await client.send(new ListObjectsV2Command({ Bucket, MaxKeys: 5000, ContinuationToken }));
    sizes.push(page.KeyCount);
    seen.push(...(page.Contents ?? []).map(({ Key }) => Key));
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken !== undefined);

  expect(sizes).toEqual([1000, 1000, 500]);
  expect(seen).toEqual(KEYS);
});

it('lists 2,500 keys of two versions each in five pages, the newest version of each key first', async () => {
  const sizes: (number | undefined)[] = [];
  const seen: string[] = [];
  let markers: object = {};
  for (;;) {
    const page = await client.send(new ListObjectVersionsCommand({ Bucket, Prefix: 'k/', ...markers }));
    sizes.push(page.Versions?.length);
    seen.push(...(page.Versions ?? []).map(({ Key, IsLatest }) => `${Key} ${IsLatest}`));
    if (!page.IsTruncated) break;
    markers = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
  }

  expect(sizes).toEqual([1000, 1000, 1000, 1000, 1000]);
  expect(seen).toEqual(KEYS.flatMap((key) => [`${key} true`, `${key} false`]));
});

it('folds 2,500 keys into one common prefix', async () => {
  const page = await client.send(new ListObjectsV2Command({ Bucket, Delimiter: '/' }));

  expect(page).toMatchObject({ KeyCount: 1, IsTruncated: false, CommonPrefixes: [{ Prefix: 'k/' }] });
});
