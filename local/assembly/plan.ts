import { readCloudAssembly } from '../cloudformation/cloud-assembly.ts';
import { type Deployment, resolveDeployment } from '../cloudformation/deployment.ts';
import type { TableDefinition } from '../dynamodb/tables.ts';
import type { BucketConfig } from '../s3/server.ts';
import type { PolicyDocument } from '../services.ts';
import type { EventSourceConfig } from '../sqs/event-source.ts';
import type { QueueConfig } from '../sqs/server.ts';
import { readBuckets } from './buckets.ts';
import { readEventSources } from './event-sources.ts';
import { type EventsPlan, readEvents } from './events.ts';
import { type FunctionPlan, readFunctions } from './functions.ts';
import { type HttpApiPlan, readHttpApis } from './http-apis.ts';
import { readQueues } from './queues.ts';
import { readRolePolicies } from './roles.ts';
import { readStateMachines, type StateMachinePlan } from './state-machines.ts';
import { readTables } from './tables.ts';
import { readTopics, type TopicsPlan } from './topics.ts';

/** Everything that the local AWS is to serve. */
export interface LocalPlan {
  readonly deployment: Deployment;
  readonly buckets: readonly BucketConfig[];
  readonly tables: readonly TableDefinition[];
  readonly rolePolicies: ReadonlyMap<string, readonly PolicyDocument[]>;
  readonly functions: readonly FunctionPlan[];
  readonly stateMachines: readonly StateMachinePlan[];
  readonly queues: readonly QueueConfig[];
  readonly topics: TopicsPlan;
  readonly eventSources: readonly EventSourceConfig[];
  readonly events: EventsPlan;
  readonly httpApis: readonly HttpApiPlan[];
}

/** Reads a cloud assembly whole before anything is started, so that what is not supported stops it at once. */
export const readPlan = (assemblyDirectory: string): LocalPlan =>
  planOf(resolveDeployment(readCloudAssembly(assemblyDirectory)));

/** The plan of an account in which nothing was deployed. */
export const emptyPlan = (): LocalPlan => planOf(resolveDeployment([]));

const planOf = (deployment: Deployment): LocalPlan => {
  const functions = readFunctions(deployment);
  const queues = readQueues(deployment);
  const rolePolicies = readRolePolicies(deployment);
  for (const { name, roleArn } of functions) {
    if (!rolePolicies.has(roleArn))
      throw new Error(`Function ${name} has the role ${roleArn}, which is not in the app`);
  }
  return {
    deployment,
    buckets: readBuckets(deployment),
    tables: readTables(deployment),
    rolePolicies,
    functions,
    stateMachines: readStateMachines(deployment),
    queues,
    topics: readTopics(deployment),
    eventSources: readEventSources(deployment, { functions, queues, rolePolicies }),
    events: readEvents(deployment),
    httpApis: readHttpApis(deployment),
  };
};
