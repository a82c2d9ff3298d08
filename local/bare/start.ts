import { clientEnvironment, type LocalEndpoints, serviceNames } from '../assembly/function-environment.ts';
import { emptyPlan } from '../assembly/plan.ts';
import { chooseSamePorts, findFreePorts, type Ports } from '../assembly/ports.ts';
import type { LocalCredential } from '../services.ts';
import { openCertificate } from '../tls/certificate.ts';
import { type LocalAws, servePlan } from '../up.ts';
import { startFront } from './front.ts';
import { awsFolderOf, openLocalFolder, tlsFolderOf } from './local-folder.ts';
import { DEFAULT_HOST, type PublicAddress } from './public-address.ts';
import { removeRunningState, writeRunningState } from './running-state.ts';
import { readVersions } from './versions.ts';

export interface BareAwsOptions {
  readonly folder: string;
  readonly address: PublicAddress;
  readonly hasTls: boolean;
  /** The first service gets this port, the others those after it. Absent: as at the last start, at first any. */
  readonly portBase?: number;
}

/** The local AWS with nothing deployed in it. */
export interface BareAws {
  readonly region: string;
  readonly accountId: string;
  readonly credential: LocalCredential;
  /** By the name of the service, as clients reach it. */
  readonly endpoints: Readonly<Record<string, string>>;
  /** What clients must trust. Absent without TLS. */
  readonly caFile?: string;
  /** Variables with which SDKs and the AWS CLI find everything. */
  readonly environment: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** All that listens; the last one says of every other service that it is not there. */
const names = [...serviceNames, 'unsupported'] as const;

/**
 * Serves the AWS services to whoever wants to use them, with everything that was made in this folder before.
 * @throws Error that says what is in the way; nothing is left running then.
 */
export const startBareAws = async (options: BareAwsOptions): Promise<BareAws> => {
  const { folder, address, hasTls } = options;
  // Whatever was started is ended in reverse order, also when the next start fails.
  await using started = new AsyncDisposableStack();
  const data = openLocalFolder(folder);
  started.defer(() => data.release());
  removeRunningState(folder);
  started.defer(() => removeRunningState(folder));

  const isFronted = hasTls || address.host !== DEFAULT_HOST;
  const ports = await chooseSamePorts(folder, names, portsFrom(options.portBase));
  const servicePorts = isFronted ? await findFreePorts(names, names.map(ports)) : ports;
  const certificate = hasTls
    ? await openCertificate(tlsFolderOf(folder), address.names, new Date())
    : undefined;
  if (isFronted) {
    // Starts first and so ends last: what is under way in the services comes to its end through it.
    const tls = certificate && { certificate };
    started.use(await startFront({ names, ports, servicePorts, address, ...tls }));
  }
  const publicEndpoints = urlsAt(options, ports);
  const aws = await servePlan(emptyPlan(), {
    dataDirectory: awsFolderOf(folder),
    choosePorts: async () => servicePorts,
    ...(isFronted && { publicEndpoints }),
  });
  started.defer(() => aws.close());

  const endpoints = { ...aws.endpoints, ...publicEndpoints };
  // A DynamoDB that was there already is none of ours, and stays where it is.
  if (!aws.endpoints.dynamodb.endsWith(`:${servicePorts('dynamodb')}`))
    endpoints.dynamodb = aws.endpoints.dynamodb;
  const bare = describe(aws, endpoints, certificate?.file);
  const versions = await readVersions(aws.endpoints.dynamodb);
  const { credential: _, environment: __, ...facts } = bare;
  writeRunningState(folder, { ...facts, versions, startedAt: new Date().toISOString() });
  const running = started.move();
  return { ...bare, close: () => running.disposeAsync() };
};

const describe = (
  { region, accountId, adminCredential: credential }: LocalAws,
  all: LocalEndpoints,
  caFile: string | undefined,
): Omit<BareAws, 'close'> => {
  const { unsupported: _, httpApi: __, ...endpoints } = all;
  return {
    ...{ region, accountId, credential, endpoints, ...(caFile !== undefined && { caFile }) },
    environment: {
      AWS_REGION: region,
      ...clientEnvironment(credential, all),
      ...(caFile !== undefined && { AWS_CA_BUNDLE: caFile, NODE_EXTRA_CA_CERTS: caFile }),
    },
  };
};

const portsFrom = (base: number | undefined): Readonly<Record<string, number>> =>
  base === undefined ? {} : Object.fromEntries(names.map((name, index) => [name, base + index]));

const urlsAt = (
  { address, hasTls }: BareAwsOptions,
  ports: Ports,
): Readonly<Record<(typeof names)[number], string>> => {
  const urls = names.map((name) => [
    name,
    `${hasTls ? 'https' : 'http'}://${address.urlHost}:${ports(name)}`,
  ]);
  return Object.fromEntries(urls);
};
