import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { MountId, StoreId } from '../../shared/domain/ids.ts';
import { startLocalAws } from '../up.ts';
import { type CallRoute, createApiClient } from './api-client.ts';
import { activateGateway, configureGateway, type GatewayProcess, startGateway } from './gateway-process.ts';
import { readSetup, type Setup, writeSetup } from './setup.ts';
import { synthesize } from './synthesize.ts';

const mountName = 'orclmount';

/** The whole product on one machine: local AWS, the service from its template, and one gateway with one mount. */
export interface Platform {
  readonly apiUrl: string;
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
  /** 0: any free one. */
  readonly gatewayPort: number;
  readonly say: (line: string) => void;
}

/** Starts everything in a data folder, or finds there what an earlier start made. */
export async function startPlatform({ directory, gatewayPort, say }: PlatformOptions): Promise<Platform> {
  const assemblyDirectory = join(directory, 'assembly');
  say('synthesizing the app');
  await synthesize(assemblyDirectory);
  say('starting the local AWS and the service from the template');
  const aws = await startLocalAws({ assemblyDirectory, dataDirectory: join(directory, 'aws') });
  try {
    const outputs = Object.assign({}, ...Object.values(aws.outputs)) as Record<string, string>;
    const { ApiUrl: apiUrl = '', IssueCredentialFunction: issueCredential = '' } = outputs;
    const setup = await readSetup(directory, aws.lambda.invoke, issueCredential);
    const call = createApiClient(apiUrl, setup.apiKey);
    const gatewayDirectory = join(directory, 'gateway');
    const config = await configureGateway({
      directory: gatewayDirectory,
      serviceUrl: apiUrl,
      port: gatewayPort,
    });
    const { mountId } = await registerStore(directory, setup, call, config);

    say('starting the gateway');
    const gateway = await startGateway(gatewayDirectory, config);
    const mountFolder = join(gateway.mountsDirectory, mountName);
    const close = async () => {
      await gateway.stop();
      await aws.close();
    };
    await waitForMount(mountFolder, gateway, close);
    return { apiUrl, call, gateway, mountId, mountName, mountFolder, close };
  } catch (error) {
    await aws.close();
    throw error;
  }
}

/** Registers and activates the store and creates its mount; each step once, whatever start came this far before. */
async function registerStore(directory: string, found: Setup, call: CallRoute, config: string) {
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
    await activateGateway(config, code);
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

/** The gateway makes the mount's folder after its first poll. */
async function waitForMount(
  folder: string,
  gateway: GatewayProcess,
  close: () => Promise<void>,
): Promise<void> {
  let hasEnded = false;
  void gateway.ended.then(() => {
    hasEnded = true;
  });
  const deadline = Date.now() + 30_000;
  while (!existsSync(join(folder, 'oracle_data'))) {
    if (hasEnded || Date.now() > deadline) {
      await close();
      throw new Error(`the gateway did not make the mount's folder ${folder}: see gateway.log`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
