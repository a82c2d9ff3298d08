import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { Functions } from './functions.ts';

/** Often enough that a lost start costs minutes, seldom enough that an idle service costs cents. */
const watchInterval = Duration.minutes(5);

/** What happens without being asked: the watch, and what S3 tells. */
export function createEvents(scope: Construct, functions: Functions, bucket: Bucket): void {
  new Rule(scope, 'Watch', {
    description: 'Moves on what a crash left behind',
    schedule: Schedule.rate(watchInterval),
    targets: [new LambdaFunction(functions.watch)],
  });
  new Rule(scope, 'ObjectCreated', {
    description: 'Objects of the vault, for those that arrive too late',
    eventPattern: {
      source: ['aws.s3'],
      detailType: ['Object Created'],
      detail: { bucket: { name: [bucket.bucketName] }, object: { key: [{ prefix: 'v1/mounts/' }] } },
    },
    targets: [new LambdaFunction(functions['note-object'])],
  });
}
