/** A small app in which queues, topics, rules and schedules hand messages to each other, as CDK writes it. */
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction, SnsTopic, SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Code, Function as Lambda, Runtime } from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Schedule, ScheduleExpression, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { SqsSendMessage } from 'aws-cdk-lib/aws-scheduler-targets';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription, SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { buildSync } from 'esbuild';

/** Sends what it receives on to the results, and reports what begins with `poison` as failed. */
const CONSUMER = `
  import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
  const client = new SQSClient();
  export const handler = async ({ Records }) => {
    const isPoison = ({ body }) => body.startsWith('poison');
    for (const { body } of Records.filter((record) => !isPoison(record))) {
      await client.send(new SendMessageCommand({ QueueUrl: process.env.RESULTS_URL, MessageBody: 'done: ' + body }));
    }
    return {
      batchItemFailures: Records.filter(isPoison).map(({ messageId }) => ({ itemIdentifier: messageId })),
    };
  };
`;
const FAILING = "export const handler = async () => { throw new Error('out of order'); };";

/** Synthesizes the app into a temporary folder and answers its path; `assembly` below it is the cloud assembly. */
export const synthesizeMessaging = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-messaging-'));
  const app = new App({
    outdir: join(folder, 'assembly'),
    analyticsReporting: false,
    builtinCloudFormationValidation: false,
  });
  const stack = new Stack(app, 'Messaging');
  const addFunction = (name: string, code: string, more: object = {}) =>
    new Lambda(stack, name, {
      ...{ runtime: Runtime.NODEJS_24_X, handler: 'index.handler', memorySize: 256 },
      ...{ code: Code.fromAsset(bundle(folder, name, code)), timeout: Duration.seconds(2) },
      ...more,
    });

  const dead = new Queue(stack, 'Dead');
  const results = new Queue(stack, 'Results');
  const work = new Queue(stack, 'Work', {
    ...{ visibilityTimeout: Duration.seconds(2), enforceSSL: true },
    deadLetterQueue: { queue: dead, maxReceiveCount: 1 },
  });
  const consumer = addFunction('Consumer', CONSUMER, { environment: { RESULTS_URL: results.queueUrl } });
  results.grantSendMessages(consumer);
  consumer.addEventSource(new SqsEventSource(work, { batchSize: 5, reportBatchItemFailures: true }));

  const news = new Topic(stack, 'News');
  news.addSubscription(new SqsSubscription(work, { rawMessageDelivery: true }));
  news.addSubscription(new EmailSubscription('ops@example.com'));
  const failing = addFunction('Failing', FAILING, {
    ...{ retryAttempts: 0, deadLetterQueue: dead, onFailure: new SqsDestination(results) },
  });
  addRules(stack, { news, work, failing });
  new CfnOutput(stack, 'ResultsUrl', { value: results.queueUrl });
  app.synth();
  return folder;
};

const addRules = (
  stack: Stack,
  { news, work, failing }: { news: Topic; work: Queue; failing: Lambda },
): void => {
  const ofSource = (source: string) => ({ eventPattern: { source: [source] } });
  new Rule(stack, 'ToTopic', { ...ofSource('to-topic'), targets: [new SnsTopic(news)] });
  new Rule(stack, 'ToQueue', { ...ofSource('to-queue'), targets: [new SqsQueue(work)] });
  new Rule(stack, 'ToFailing', { ...ofSource('to-failing'), targets: [new LambdaFunction(failing)] });
  new Schedule(stack, 'Nightly', {
    schedule: ScheduleExpression.cron({ hour: '2', minute: '30' }),
    target: new SqsSendMessage(work, { input: ScheduleTargetInput.fromText('nightly') }),
  });
};

const bundle = (folder: string, name: string, contents: string): string => {
  const directory = join(folder, 'bundles', name);
  mkdirSync(directory, { recursive: true });
  buildSync({
    stdin: { contents, resolveDir: import.meta.dirname },
    outfile: join(directory, 'index.js'),
    ...{ bundle: true, platform: 'node', target: 'node24', format: 'cjs' },
  });
  return directory;
};
