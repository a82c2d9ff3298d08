/** The local S3 alone, in a process of its own. Says where it listens. */
import { startS3 } from '../../local/s3/server.ts';

const [directory = '', region = '', accessKeyId = '', secretAccessKey = '', bucket = ''] =
  process.argv.slice(2);
const accountId = '123456789012';

const s3 = await startS3({
  ...{ directory, region, accountId },
  credentials: [{ accessKeyId, secretAccessKey, principalArn: `arn:aws:iam::${accountId}:root` }],
});
// Unversioned: a body replaces the one before it, as at the bare server. Kept ones would be measured as fresh page cache.
s3.putBucket({ name: bucket, versioning: false });
process.stdout.write(`${s3.endpoint}\n`);
