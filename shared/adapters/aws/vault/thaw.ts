import { PutObjectTaggingCommand, RestoreObjectCommand, S3ServiceException } from '@aws-sdk/client-s3';
import { coldTag } from '../../../domain/archive/archive-class.ts';
import type { ThawAnswer, Vault } from '../../../ports/vault.ts';
import type { VaultBucket } from './bucket.ts';

/** Needs s3:PutObjectTagging. The packs have no other tags: all of them are replaced. */
export async function markCold({ client, bucketName: Bucket }: VaultBucket, Key: string): Promise<void> {
  const Tagging = { TagSet: [{ Key: coldTag.key, Value: coldTag.value }] };
  await client.send(new PutObjectTaggingCommand({ Bucket, Key, Tagging }));
}

/** S3's names of what is no failure. It answers 200 instead of 202 where there is a copy already. */
const answers: Readonly<Record<string, ThawAnswer>> = {
  RestoreAlreadyInProgress: 'ongoing',
  InvalidObjectState: 'warm',
  ObjectAlreadyInActiveTierError: 'warm',
  GlacierExpeditedRetrievalNotAvailable: 'no-capacity',
  NoSuchKey: 'missing',
};

/** Needs s3:RestoreObject. */
export async function thaw(
  { client, bucketName: Bucket }: VaultBucket,
  Key: string,
  { tier, days: Days }: Parameters<Vault['thaw']>[1],
): Promise<ThawAnswer> {
  const RestoreRequest = { Days, GlacierJobParameters: { Tier: tier } };
  try {
    const { $metadata } = await client.send(new RestoreObjectCommand({ Bucket, Key, RestoreRequest }));
    return $metadata.httpStatusCode === 200 ? 'readable' : 'asked';
  } catch (error) {
    const answer =
      error instanceof S3ServiceException && Object.hasOwn(answers, error.name)
        ? answers[error.name]
        : undefined;
    if (answer === undefined) throw error;
    return answer;
  }
}
