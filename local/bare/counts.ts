import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { DynamoDBClient, paginateListTables } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, ListRulesCommand } from '@aws-sdk/client-eventbridge';
import { LambdaClient, paginateListFunctions } from '@aws-sdk/client-lambda';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { paginateListSchedules, SchedulerClient } from '@aws-sdk/client-scheduler';
import { paginateListStateMachines, SFNClient } from '@aws-sdk/client-sfn';
import { paginateListTopics, SNSClient } from '@aws-sdk/client-sns';
import { paginateListQueues, SQSClient } from '@aws-sdk/client-sqs';

/** How to reach one service as its administrator. */
export interface ServiceAccess {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly caFile?: string | undefined;
}

interface Counted {
  /** In the plural. */
  readonly what: string;
  count(options: ClientOptions): Promise<number>;
}

/** What each service holds, by the name of the service. */
const counted: Readonly<Record<string, Counted>> = {
  s3: {
    what: 'buckets',
    count: async (options) => {
      const { Buckets } = await new S3Client(options).send(new ListBucketsCommand({}));
      return Buckets?.length ?? 0;
    },
  },
  dynamodb: {
    what: 'tables',
    count: (options) =>
      sum(paginateListTables({ client: new DynamoDBClient(options) }, {}), (page) => page.TableNames),
  },
  stepfunctions: {
    what: 'state machines',
    count: (options) =>
      sum(paginateListStateMachines({ client: new SFNClient(options) }, {}), (page) => page.stateMachines),
  },
  lambda: {
    what: 'functions',
    count: (options) =>
      sum(paginateListFunctions({ client: new LambdaClient(options) }, {}), (page) => page.Functions),
  },
  events: {
    what: 'rules',
    count: async (options) => {
      const { Rules } = await new EventBridgeClient(options).send(new ListRulesCommand({}));
      return Rules?.length ?? 0;
    },
  },
  scheduler: {
    what: 'schedules',
    count: (options) =>
      sum(paginateListSchedules({ client: new SchedulerClient(options) }, {}), (page) => page.Schedules),
  },
  sqs: {
    what: 'queues',
    count: (options) =>
      sum(paginateListQueues({ client: new SQSClient(options) }, {}), (page) => page.QueueUrls),
  },
  sns: {
    what: 'topics',
    count: (options) =>
      sum(paginateListTopics({ client: new SNSClient(options) }, {}), (page) => page.Topics),
  },
};

/** How many things a service holds, and of what. Nothing where it does not answer that. */
export const countThings = async (
  service: string,
  access: ServiceAccess,
): Promise<{ readonly what: string; readonly count: number } | undefined> => {
  const kind = counted[service];
  if (kind === undefined) return undefined;
  try {
    return { what: kind.what, count: await kind.count(clientOptions(access)) };
  } catch {
    return undefined;
  }
};

const LOOK_LIMIT_MS = 3_000;

const clientOptions = ({ endpoint, region, credentials, caFile }: ServiceAccess) => ({
  ...{ endpoint, region, credentials, maxAttempts: 1, forcePathStyle: true },
  requestHandler: {
    ...{ connectionTimeout: LOOK_LIMIT_MS, requestTimeout: LOOK_LIMIT_MS },
    ...(caFile !== undefined && { httpsAgent: new Agent({ ca: readFileSync(caFile) }) }),
  },
});
type ClientOptions = ReturnType<typeof clientOptions>;

const sum = async <Page>(
  pages: AsyncIterable<Page>,
  itemsOf: (page: Page) => readonly unknown[] | undefined,
): Promise<number> => {
  let count = 0;
  for await (const page of pages) count += itemsOf(page)?.length ?? 0;
  return count;
};
