import { type LocalCredentials, openCredentials } from './assembly/credentials.ts';
import { openDataFolder } from './assembly/data-folder.ts';
import {
  type LocalEndpoints,
  localizeUrls,
  type ServiceName,
  serviceNames,
} from './assembly/function-environment.ts';
import { type LocalPlan, readPlan } from './assembly/plan.ts';
import { choosePorts, type Ports } from './assembly/ports.ts';
import { startServices } from './assembly/start-services.ts';
import type { DeployedResource } from './cloudformation/deployment.ts';
import { type DynamoDbProgram, findDynamoDb } from './dynamodb/program.ts';
import type { InvokeFunction, LocalClock, LocalCredential } from './services.ts';
import type { StoredMessage } from './sqs/message-store.ts';

export interface LocalAwsOptions {
  /** What `cdk synth` wrote. */
  readonly assemblyDirectory: string;
  /** Everything that outlives a restart; one process at a time. */
  readonly dataDirectory: string;
  /** Ports to listen on. Those not given stay what they were at the last start, if they are free. */
  readonly ports?: LocalPorts;
  /** Of schedules, workflows and the API. S3 and signatures go by the machine's time, as the functions do. */
  readonly clock?: LocalClock;
  /** Called when a workflow has handed a task over and waits for its token: whoever does the work can ask for it. */
  readonly onHandedOver?: () => void;
}

export interface LocalPorts extends Partial<Readonly<Record<ServiceName, number>>> {
  /** By the Name of the API. */
  readonly httpApi?: Readonly<Record<string, number>>;
}

/** A message in a queue, its attributes as texts. */
export interface DeadLetter {
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly at: number;
}

export interface LocalAws {
  readonly region: string;
  readonly accountId: string;
  readonly endpoints: LocalEndpoints;
  readonly adminCredential: LocalCredential;
  /** By stack and key of the output; URLs of HTTP APIs are the local ones. */
  readonly outputs: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly resources: readonly DeployedResource[];
  /** The one resource of a type whose logical id starts so (CDK: the construct's id). Throws when it is not one. */
  findResource(type: string, logicalIdPrefix?: string): DeployedResource;
  readonly lambda: { readonly invoke: InvokeFunction };
  /** What stands in a queue, for one what could not be delivered, without receiving it. */
  deadLetters(queueArn: string): readonly DeadLetter[];
  /** Ends everything. What was accepted and not finished goes on at the next start. */
  close(): Promise<void>;
}

/**
 * Serves on loopback what the synthesized templates of an app ask for.
 * @throws Error that names what is not supported; nothing is left running then.
 */
export const startLocalAws = async (options: LocalAwsOptions): Promise<LocalAws> => {
  const { assemblyDirectory, dataDirectory, ports: { httpApi = {}, ...services } = {}, ...rest } = options;
  const apiPorts = Object.entries(httpApi).map(([name, port]) => [apiKey(name), port]);
  return servePlan(readPlan(assemblyDirectory), {
    dataDirectory,
    choosePorts: (names) =>
      choosePorts(dataDirectory, names, { ...services, ...Object.fromEntries(apiPorts) }),
    ...rest,
  });
};

interface ServeOptions extends Pick<LocalAwsOptions, 'dataDirectory' | 'clock' | 'onHandedOver'> {
  /** Called when the data folder is taken. */
  readonly choosePorts: (names: readonly string[]) => Promise<Ports>;
  /** Where clients reach services, by their names, through forwarders that stand before them. */
  readonly publicEndpoints?: Readonly<Record<string, string>>;
}

/**
 * Serves a plan on loopback.
 * @throws Error that says what is in the way; nothing is left running then.
 */
export const servePlan = async (plan: LocalPlan, options: ServeOptions): Promise<LocalAws> => {
  const program = findDynamoDb();
  // Whatever was started is ended in reverse order, also when the next start fails.
  await using started = new AsyncDisposableStack();
  const folder = openDataFolder(options.dataDirectory);
  started.defer(() => folder.release());

  const credentials = openCredentials(folder.path, plan.deployment.accountId, plan.rolePolicies);
  // All ports are chosen first: functions must know every endpoint, that of Lambda itself included.
  const apiNames = plan.httpApis.map(({ name }) => name);
  const ports = await options.choosePorts([...serviceNames, 'unsupported', ...apiNames.map(apiKey)]);
  const endpoints = endpointsAt(ports, program, apiNames);
  const { lambda, sqs } = await startServices({
    ...{ plan, program, credentials, ports, endpoints, started },
    dataDirectory: folder.path,
    ...(options.publicEndpoints && { publicEndpoints: options.publicEndpoints }),
    ...(options.clock && { clock: options.clock }),
    ...(options.onHandedOver && { onHandedOver: options.onHandedOver }),
  });
  const running = started.move();
  return describeLocalAws(plan, credentials, endpoints, {
    lambda: { invoke: lambda.invoke },
    deadLetters: (queueArn) => sqs.peek(queueArn).map(describeDeadLetter),
    close: () => running.disposeAsync(),
  });
};

const describeDeadLetter = ({ body, attributes, sentAt }: StoredMessage): DeadLetter => ({
  body,
  attributes: Object.fromEntries(
    Object.entries(attributes).map(([name, { StringValue = '' }]) => [name, StringValue]),
  ),
  at: sentAt,
});

const apiKey = (name: string): string => `httpApi.${name}`;

const endpointsAt = (ports: Ports, program: DynamoDbProgram, apiNames: readonly string[]): LocalEndpoints => {
  const urlOf = (key: string): string => `http://127.0.0.1:${ports(key)}`;
  const services = Object.fromEntries(serviceNames.map((name) => [name, urlOf(name)]));
  return {
    ...(services as Record<ServiceName, string>),
    ...(program.kind === 'endpoint' && { dynamodb: program.url }),
    unsupported: urlOf('unsupported'),
    httpApi: Object.fromEntries(apiNames.map((name) => [name, urlOf(apiKey(name))])),
  };
};

const describeLocalAws = (
  { deployment, httpApis }: LocalPlan,
  { admin }: LocalCredentials,
  endpoints: LocalEndpoints,
  running: Pick<LocalAws, 'lambda' | 'deadLetters' | 'close'>,
): LocalAws => {
  const { region, accountId, resources, outputs } = deployment;
  const localize = localizeUrls(httpApis, endpoints, deployment);
  const localizeAll = (texts: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, localize(text)]));
  return {
    ...{ region, accountId, endpoints, resources, adminCredential: admin },
    outputs: Object.fromEntries(Object.entries(outputs).map(([stack, texts]) => [stack, localizeAll(texts)])),
    findResource: (type, logicalIdPrefix = '') => {
      const found = resources.filter(
        (resource) => resource.type === type && resource.logicalId.startsWith(logicalIdPrefix),
      );
      if (found.length === 1 && found[0] !== undefined) return found[0];
      const ids = found.map((resource) => resource.logicalId).join(', ') || 'none';
      throw new Error(`There is not one ${type} whose logical id starts with "${logicalIdPrefix}": ${ids}`);
    },
    ...running,
  };
};
