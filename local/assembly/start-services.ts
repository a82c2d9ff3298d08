import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { startDynamoDb } from '../dynamodb/server.ts';
import { ensureTable } from '../dynamodb/tables.ts';
import type { LocalEvents } from '../events/server.ts';
import { startHttpApi } from '../http-api/server.ts';
import type { CodeObject } from '../lambda/operations/operation.ts';
import { type LocalLambda, startLambda } from '../lambda/server.ts';
import type { EventDestinations } from '../lambda/service.ts';
import { startS3 } from '../s3/server.ts';
import type { LocalSns } from '../sns/server.ts';
import type { LocalSqs } from '../sqs/server.ts';
import { openS3Objects } from '../stepfunctions/distributed/s3-objects.ts';
import { enforceRoles } from '../stepfunctions/role-access.ts';
import { type LocalStepFunctions, startStepFunctions } from '../stepfunctions/server.ts';
import { clientEnvironment, configureFunction, localizeUrls } from './function-environment.ts';
import { functionAccess, stateMachineAccess } from './requested-access.ts';
import {
  eventDestinations,
  startEventSources,
  startQueues,
  startRules,
  startTopics,
} from './start-messaging.ts';
import { authenticatorOf, clockOf, keep, type StartOptions } from './start-options.ts';
import { startUnsupportedServices } from './unsupported-services.ts';

interface StartedServices {
  readonly lambda: LocalLambda;
  readonly sqs: LocalSqs;
}

/**
 * Starts the services in an order whose reverse ends them well: those that call others end before those that are
 * called, so that an execution or event under way sees no service vanish and goes on at the next start.
 */
export const startServices = async (options: StartOptions): Promise<StartedServices> => {
  const events = Promise.withResolvers<LocalEvents>();
  const topics = Promise.withResolvers<LocalSns>();
  await startUnsupported(options);
  await startTables(options);
  await startBuckets(options, events.promise);
  const sqs = await startQueues(options);
  const lambda = await startFunctions(options, eventDestinations(sqs, topics.promise, events.promise));
  const sns = await startTopics(options, lambda, sqs);
  topics.resolve(sns);
  const stepFunctions = await startStateMachines(options, lambda, events.promise);
  events.resolve(await startRules(options, { lambda, sqs, sns, stepFunctions }));
  startEventSources(options, lambda, sqs);
  await startApis(options, lambda);
  return { lambda, sqs };
};

const startUnsupported = async (options: StartOptions): Promise<void> => {
  keep(options, await startUnsupportedServices(options.ports('unsupported')));
};

const startTables = async (options: StartOptions): Promise<void> => {
  const { plan, program, ports, dataDirectory, credentials } = options;
  const directory = join(dataDirectory, 'dynamodb');
  const { endpoint } = keep(options, await startDynamoDb({ program, directory, port: ports('dynamodb') }));
  const client = new DynamoDBClient({
    endpoint,
    region: plan.deployment.region,
    credentials: credentials.admin,
  });
  for (const table of plan.tables) await ensureTable(client, table);
  client.destroy();
};

const startBuckets = async (options: StartOptions, events: Promise<LocalEvents>): Promise<void> => {
  const { plan, ports, credentials, dataDirectory } = options;
  const s3 = keep(
    options,
    await startS3({
      directory: join(dataDirectory, 's3'),
      region: plan.deployment.region,
      accountId: plan.deployment.accountId,
      credentials: [credentials.admin, ...credentials.roles.values()],
      port: ports('s3'),
      onEvent: async (event) => (await events).publish(event),
    }),
  );
  for (const bucket of plan.buckets) s3.putBucket(bucket);
};

/** For functions without reserved concurrency: what an account has, and what a laptop has room for at once. */
const UNRESERVED_CONCURRENCY = 1000;
const UNRESERVED_AT_ONCE = 10;

const startFunctions = async (
  options: StartOptions,
  destinations: EventDestinations,
): Promise<LocalLambda> => {
  const { plan, ports, credentials, endpoints, dataDirectory } = options;
  const localize = localizeUrls(plan.httpApis, endpoints, plan.deployment);
  const functions = plan.functions.map((each) => {
    const credential = credentials.roles.get(each.roleArn);
    if (credential === undefined)
      throw new Error(`Function ${each.name} has the unknown role ${each.roleArn}`);
    return configureFunction(each, credential, endpoints, localize);
  });
  const reserved = functions.reduce((sum, { reservedConcurrency = 0 }) => sum + reservedConcurrency, 0);
  const lambda = await startLambda({
    ...{ functions, region: plan.deployment.region, accountId: plan.deployment.accountId },
    logDirectory: join(dataDirectory, 'logs'),
    port: ports('lambda'),
    directory: join(dataDirectory, 'lambda'),
    maxConcurrency: reserved + UNRESERVED_CONCURRENCY,
    runningAtOnce: UNRESERVED_AT_ONCE,
    authenticate: authenticatorOf(options, 'lambda', functionAccess(plan.deployment)),
    destinations,
    // A role of the template acts with its policies, any other as the administrator.
    createdFunctionEnvironment: (roleArn) =>
      clientEnvironment(credentials.roles.get(roleArn) ?? credentials.admin, endpoints),
    readCodeObject: readObject(options),
  });
  return keep(options, lambda);
};

const readObject =
  ({ plan, credentials, endpoints }: StartOptions) =>
  async ({ bucket, key, versionId }: CodeObject): Promise<Uint8Array> => {
    const { region } = plan.deployment;
    const client = new S3Client({
      ...{ region, endpoint: endpoints.s3, forcePathStyle: true, credentials: credentials.admin },
    });
    try {
      const { Body } = await client.send(
        new GetObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId }),
      );
      return (await Body?.transformToByteArray()) ?? new Uint8Array();
    } finally {
      client.destroy();
    }
  };

const startStateMachines = async (
  options: StartOptions,
  { invoke }: LocalLambda,
  events: Promise<LocalEvents>,
): Promise<LocalStepFunctions> => {
  const { plan, ports, dataDirectory, endpoints, credentials } = options;
  const arns = plan.stateMachines.map(({ arn }) => arn);
  const stepFunctions = keep(
    options,
    await startStepFunctions({
      ...{ invoke, region: plan.deployment.region, accountId: plan.deployment.accountId },
      directory: join(dataDirectory, 'stepfunctions'),
      port: ports('stepfunctions'),
      authenticate: authenticatorOf(options, 'states', stateMachineAccess(plan.deployment, arns)),
      putEvents: async (entries) => (await events).putEvents(entries),
      // A role of the template acts with its policies, any other as the administrator.
      objects: openS3Objects(
        endpoints.s3,
        plan.deployment.region,
        (roleArn) => credentials.roles.get(roleArn) ?? credentials.admin,
      ),
      findRefusal: enforceRoles(credentials.roles),
      onEvent: async (event) => (await events).publish(event),
      ...(options.onHandedOver && { onHandedOver: options.onHandedOver }),
      ...clockOf(options),
    }),
  );
  for (const { name, definition, roleArn } of plan.stateMachines) {
    stepFunctions.putStateMachine({ name, definition, roleArn });
  }
  return stepFunctions;
};

const startApis = async (options: StartOptions, { invoke }: LocalLambda): Promise<void> => {
  const { region, accountId } = options.plan.deployment;
  const logDirectory = join(options.dataDirectory, 'logs');
  for (const { name, config } of options.plan.httpApis) {
    const port = options.ports(`httpApi.${name}`);
    const api = { config, invoke, region, accountId, port, logDirectory, ...clockOf(options) };
    keep(options, await startHttpApi(api));
  }
};
