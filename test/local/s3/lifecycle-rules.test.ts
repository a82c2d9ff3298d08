import {
  DeleteBucketLifecycleCommand,
  GetBucketLifecycleConfigurationCommand,
  type LifecycleRule,
  PutBucketLifecycleConfigurationCommand,
  type PutBucketLifecycleConfigurationCommandInput,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Endpoint, openEndpoint } from './endpoint.ts';

let s3: Endpoint;
let Bucket: string;
beforeAll(async () => {
  s3 = await openEndpoint();
  Bucket = await s3.newBucket();
});
afterAll(() => s3.close());

const set = (
  Rules: LifecycleRule[],
  more: Pick<PutBucketLifecycleConfigurationCommandInput, 'TransitionDefaultMinimumObjectSize'> = {},
) =>
  s3.client.send(
    new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules }, ...more }),
  );
const read = () => s3.client.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
const rule = (more: Partial<LifecycleRule>): LifecycleRule => ({
  ID: 'r',
  Status: 'Enabled',
  Filter: { Prefix: 'v1/' },
  ...more,
});

describe('lifecycle rules', () => {
  it('are given back as they were set', async () => {
    const Rules: LifecycleRule[] = [
      rule({ ID: 'abort', AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 } }),
      rule({
        ID: 'down',
        Filter: {
          And: {
            Prefix: 'v1/',
            Tags: [
              { Key: 'a', Value: '1' },
              { Key: 'b', Value: '2' },
            ],
            ObjectSizeGreaterThan: 1000,
            ObjectSizeLessThan: 2000,
          },
        },
        Transitions: [
          { Days: 30, StorageClass: 'STANDARD_IA' },
          { Days: 60, StorageClass: 'GLACIER' },
        ],
      }),
      rule({
        ID: 'old',
        Status: 'Disabled',
        Filter: { Tag: { Key: 'a', Value: '' } },
        NoncurrentVersionTransitions: [
          { NoncurrentDays: 3, NewerNoncurrentVersions: 2, StorageClass: 'GLACIER' },
        ],
        NoncurrentVersionExpiration: { NoncurrentDays: 90 },
      }),
      rule({ ID: 'all', Filter: { Prefix: '' }, Transitions: [{ Days: 0, StorageClass: 'DEEP_ARCHIVE' }] }),
    ];

    await set(Rules, { TransitionDefaultMinimumObjectSize: 'varies_by_storage_class' });

    expect(await read()).toMatchObject({
      Rules,
      TransitionDefaultMinimumObjectSize: 'varies_by_storage_class',
    });
  });

  it('leave objects below 128 KB alone unless told otherwise', async () => {
    const { TransitionDefaultMinimumObjectSize } = await set([
      rule({ Transitions: [{ Days: 1, StorageClass: 'GLACIER' }] }),
    ]);

    expect(TransitionDefaultMinimumObjectSize).toBe('all_storage_classes_128K');
  });

  it('are replaced as a whole, and taken away', async () => {
    await set([rule({ ID: 'first', Transitions: [{ Days: 1, StorageClass: 'GLACIER' }] })]);
    await set([rule({ ID: 'second', Transitions: [{ Days: 1, StorageClass: 'GLACIER' }] })]);

    expect((await read()).Rules).toMatchObject([{ ID: 'second' }]);
    await s3.client.send(new DeleteBucketLifecycleCommand({ Bucket }));
    await expect(read()).rejects.toMatchObject({
      name: 'NoSuchLifecycleConfiguration',
      $metadata: { httpStatusCode: 404 },
    });
  });

  it.each<[string, string, LifecycleRule[]]>([
    ['no rule', 'MalformedXML', []],
    ['no action', 'InvalidRequest', [rule({})]],
    [
      'one name for two rules',
      'InvalidArgument',
      [
        rule({ Transitions: [{ Days: 1, StorageClass: 'GLACIER' }] }),
        rule({ Transitions: [{ Days: 1, StorageClass: 'GLACIER' }] }),
      ],
    ],
    [
      'a class for infrequent access before 30 days',
      'InvalidArgument',
      [rule({ Transitions: [{ Days: 29, StorageClass: 'STANDARD_IA' }] })],
    ],
    [
      'the colder class first',
      'InvalidArgument',
      [
        rule({
          Transitions: [
            { Days: 60, StorageClass: 'STANDARD_IA' },
            { Days: 30, StorageClass: 'GLACIER' },
          ],
        }),
      ],
    ],
    [
      'no class to go to',
      'MalformedXML',
      [rule({ Transitions: [{ Days: 1, StorageClass: 'STANDARD' as 'GLACIER' }] })],
    ],
    ['negative days', 'InvalidArgument', [rule({ Transitions: [{ Days: -1, StorageClass: 'GLACIER' }] })]],
    [
      'uploads chosen by their tags',
      'InvalidRequest',
      [
        rule({
          Filter: { Tag: { Key: 'a', Value: 'b' } },
          AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
        }),
      ],
    ],
    [
      'no filter',
      'MalformedXML',
      [{ ID: 'r', Status: 'Enabled', Transitions: [{ Days: 1, StorageClass: 'GLACIER' }] }],
    ],
  ])('are refused with %s', async (_what, name, rules) => {
    await expect(set(rules)).rejects.toMatchObject({ name, $metadata: { httpStatusCode: 400 } });
  });
});
