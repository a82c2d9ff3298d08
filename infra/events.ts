import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { FunctionDescription } from './function-description.ts';
import { type FunctionName, functionTable } from './function-table.ts';
import type { Functions } from './functions.ts';

/** Often enough that a lost start costs minutes, seldom enough that an idle service costs cents. */
export const watchInterval = Duration.minutes(5);

/** EventBridge's own default: with backoff it fills any age that is given. */
const deliveryAttempts = 185;

/** What happens without being asked: the watch, and what S3 tells. */
export function createEvents(scope: Construct, functions: Functions, bucket: Bucket) {
  return {
    Watch: new Rule(scope, 'Watch', {
      description: 'Moves on what a crash left behind',
      schedule: Schedule.rate(watchInterval),
      targets: [targetOf(functions, 'watch')],
    }),
    ObjectCreated: new Rule(scope, 'ObjectCreated', {
      description: 'Objects of the vault, for those that arrive too late',
      eventPattern: {
        source: ['aws.s3'],
        detailType: ['Object Created'],
        detail: { bucket: { name: [bucket.bucketName] }, object: { key: [{ prefix: 'v1/mounts/' }] } },
      },
      targets: [targetOf(functions, 'note-object')],
    }),
    LogCreated: new Rule(scope, 'LogCreated', {
      description: 'Logs in the vault, for those that come after their commit',
      eventPattern: {
        source: ['aws.s3'],
        detailType: ['Object Created'],
        detail: {
          bucket: { name: [bucket.bucketName] },
          object: { key: [{ wildcard: 'v1/mounts/*/uploads/*/logs/*' }] },
        },
      },
      targets: [targetOf(functions, 'take-late-log')],
    }),
  };
}

export type Rules = ReturnType<typeof createEvents>;

/** What EventBridge cannot deliver ends in the same queue as what the function could not do. */
function targetOf(functions: Functions, name: FunctionName): LambdaFunction {
  const { events }: FunctionDescription = functionTable[name];
  const { deadLetterQueue } = functions[name];
  if (events === undefined || deadLetterQueue === undefined) {
    throw new Error(
      `${name} is invoked by events; its row in the function table must say what becomes of failed ones`,
    );
  }
  return new LambdaFunction(functions[name], {
    deadLetterQueue,
    retryAttempts: deliveryAttempts,
    maxEventAge: events.maxAge,
  });
}
