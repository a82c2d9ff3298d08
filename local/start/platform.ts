import { join } from 'node:path';
import type { MountId, StoreId } from '../../shared/domain/ids.ts';
import { openCertificate } from '../tls/certificate.ts';
import { type Forwarder, startForwarder } from '../tls/forwarder.ts';
import { startLocalAws } from '../up.ts';
import { prepareAgent } from './agent.ts';
import { type CallRoute, createApiClient } from './api-client.ts';
import {
  activateGateway,
  configureGateway,
  type GatewayProcess,
  type GatewaySettings,
  gatewaySource,
  startGateway,
} from './gateway-process.ts';
import { readSetup, type Setup, writeSetup } from './setup.ts';
import { provideAssembly } from './synthesize.ts';

/** The name that the documents of the gateway protocol use, so that their calls work as they stand. */
const mountName = 'testmount';
/** The port that the documents of the gateway protocol name. */
const documentedPort = 9090;
/** The port that the documents of the manual-backup calls name, for https. */
const documentedHttpsPort = 4444;
const mountLimitMillis = 60_000;

/** The whole product on one machine: local AWS, the service from its template, and one gateway with one mount. */
export interface Platform {
  readonly apiUrl: string;
  /** The same API over https, with a self-signed certificate. */
  readonly httpsUrl: string;
  readonly call: CallRoute;
  readonly gateway: GatewayProcess;
  readonly mountId: MountId;
  readonly mountName: string;
  /** The mount's folder at the gateway: holds oracle_data and restores. */
  readonly mountFolder: string;
  /** Stops the gateway, then everything else; leaves no process, port or lock. */
  close(): Promise<void>;
}

export interface PlatformOptions {
  readonly directory: string;
  /** 0: any free one; absent: the documented one if it is free. */
  readonly gatewayPort?: number | undefined;
  /** Another program of the gateway's than the source: the one that its package installs. */
  readonly gatewayProgram?: string;
  readonly say: (line: string) => void;
}

/** Starts everything in a data folder, or finds there what an earlier start made. */
export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  const { directory, gatewayPort, gatewayProgram = gatewaySource, say } = options;
  const assemblyDirectory = join(directory, 'assembly');
  await provideAssembly(assemblyDirectory, say);
  say('starting the local AWS and the service from the template');
  let gateway: GatewayProcess | undefined;
  const aws = await startLocalAws({
    assemblyDirectory,
    dataDirectory: join(directory, 'aws'),
    // As an administrator does who stands beside: a restore begins with its order, not with the next poll.
    onHandedOver: () => gateway?.pollNow(),
  });
  let https: Forwarder | undefined;
  const close = async () => {
    await gateway?.stop();
    await https?.close();
    await aws.close();
  };
  try {
    const outputs = Object.assign({}, ...Object.values(aws.outputs)) as Record<string, string>;
    const { ApiUrl: apiUrl = '', IssueCredentialFunction: issueCredential = '' } = outputs;
    const setup = { ...(await readSetup(directory, aws.lambda.invoke, issueCredential)), apiUrl };
    await writeSetup(directory, setup);
    const call = createApiClient(apiUrl, setup.apiKey);
    https = await serveHttps(directory, apiUrl, gatewayPort);
    const gatewayDirectory = join(directory, 'gateway');
    const databases = [await prepareAgent(join(directory, 'oracle-host'), mountName)];
    const settings = { directory: gatewayDirectory, serviceUrl: apiUrl, databases };
    const config = await configureGateway({ ...settings, port: 0 });
    const activate = (code: string) => activateGateway(gatewayProgram, config, code);
    const { mountId } = await registerStore(directory, setup, call, activate);

    say('starting the gateway');
    gateway = await startOnPort(gatewayProgram, settings, gatewayPort);
    await waitForMount(gateway);
    const mountFolder = join(gateway.mountsDirectory, mountName);
    const httpsUrl = `https://127.0.0.1:${https.port}`;
    return { apiUrl, httpsUrl, call, gateway, mountId, mountName, mountFolder, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Asking whether the documented port is free and taking it later would lose to a start at the same moment. */
async function startOnPort(
  program: string,
  settings: Omit<GatewaySettings, 'port'>,
  wanted: number | undefined,
): Promise<GatewayProcess> {
  const start = async (port: number) =>
    startGateway(program, settings.directory, await configureGateway({ ...settings, port }));
  return wanted === undefined ? start(documentedPort).catch(() => start(0)) : start(wanted);
}

/** The API on the documented port for https, or on any where that is taken or the gateway's is not the documented one either. */
async function serveHttps(
  directory: string,
  apiUrl: string,
  gatewayPort: number | undefined,
): Promise<Forwarder> {
  const tls = await openCertificate(join(directory, 'tls'), ['localhost', '127.0.0.1', '::1'], new Date());
  const start = (port: number) =>
    startForwarder({ host: '127.0.0.1', port, targetPort: Number(new URL(apiUrl).port), tls });
  return gatewayPort === undefined ? start(documentedHttpsPort).catch(() => start(0)) : start(0);
}

/** Registers and activates the store and creates its mount; each step once, whatever start came this far before. */
async function registerStore(
  directory: string,
  found: Setup,
  call: CallRoute,
  activate: (code: string) => Promise<void>,
) {
  let setup = found;
  const keep = async (more: Partial<Setup>) => {
    setup = { ...setup, ...more };
    await writeSetup(directory, setup);
  };
  let code: string | undefined;
  if (setup.storeId === undefined) {
    const store = await call('createStore', { body: { name: 'local-store' } });
    code = store.activation.code;
    await keep({ storeId: store.storeId });
  }
  const storeId = setup.storeId as StoreId;
  if (!setup.isActivated) {
    code ??= (await call('createActivationCode', { params: { storeId } })).code;
    await activate(code);
    await keep({ isActivated: true });
  }
  if (setup.mountId === undefined) {
    const { items } = await call('listMounts', { query: { storeId } });
    const body = { storeId, name: mountName, expire: '5w 3d' };
    const mount = items[0] ?? (await call('createMount', { body }));
    await keep({ mountId: mount.mountId });
  }
  return { storeId, mountId: setup.mountId as MountId };
}

/**
 * Waits until a backup may begin: the gateway makes the mount after its first poll, and a snapshot of an earlier start
 * may still be on its way to the vault.
 */
async function waitForMount({ url, ended }: GatewayProcess): Promise<void> {
  let hasEnded = false;
  void ended.then(() => {
    hasEnded = true;
  });
  const deadline = Date.now() + mountLimitMillis;
  for (;;) {
    const response = await fetch(`${url}/druva-phoenix/v1/mounts/${mountName}/backup`);
    const answer = (await response.json()) as MountStatus;
    if (answer.error_code === 0 && !answer.result.is_reached_max_snapshots) return;
    if (hasEnded || Date.now() > deadline) {
      throw new Error(`the gateway is not ready for a backup: ${JSON.stringify(answer)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

interface MountStatus {
  readonly error_code: number;
  readonly result: { readonly is_reached_max_snapshots?: boolean };
}
