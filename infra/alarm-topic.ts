import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import type { Stage } from './stage.ts';

/** Where alarms and alerts are sent. With a key of its own, for CloudWatch cannot use the one that AWS manages for SNS. */
export function createAlarmTopic(scope: Construct, stage: Stage): Topic {
  const key = new Key(scope, 'AlarmKey', {
    description: 'Encrypts alarms on their way to people',
    enableKeyRotation: true,
    pendingWindow: Duration.days(7),
    removalPolicy: RemovalPolicy.DESTROY,
  });
  key.addToResourcePolicy(allowAlarms(scope, ['kms:Decrypt', 'kms:GenerateDataKey*'], '*'));
  const topic = new Topic(scope, 'Alarms', {
    displayName: `Holdfast ${stage.name}`,
    masterKey: key,
    enforceSSL: true,
  });
  topic.addToResourcePolicy(allowAlarms(scope, ['sns:Publish'], topic.topicArn));
  for (const address of stage.alarmEmails) topic.addSubscription(new EmailSubscription(address));
  return topic;
}

/** For alarms of this account only: a service's principal alone would stand for every account's. */
const allowAlarms = (scope: Construct, actions: string[], resource: string) =>
  new PolicyStatement({
    sid: 'Alarms',
    effect: Effect.ALLOW,
    principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
    actions,
    resources: [resource],
    conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } },
  });
