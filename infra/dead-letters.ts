import { Duration } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

/** SQS keeps no message longer: two weeks to look at what went wrong and to send it again. */
const retention = Duration.days(14);

/** Where events go that could not be delivered or failed for good. What to do with them is in docs/runbook.md. */
export const createDeadLetterQueue = (scope: Construct, id: string): Queue =>
  new Queue(scope, id, {
    retentionPeriod: retention,
    // SQS's own keys: EventBridge and Lambda can write to it without a right on any key.
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
  });
