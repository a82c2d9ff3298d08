import { ConfigError, checkConfig, type GatewayConfig } from '../config.ts';
import { type Network, openNetwork } from '../network/network.ts';
import { checkDataDirectory, checkIdentity } from './data-directory.ts';
import { checkEncryption } from './encryption.ts';
import { checkExports } from './exports.ts';
import { type Finding, fail, messageOf, ok } from './finding.ts';
import { checkListeners } from './listeners.ts';
import { checkMountsDirectory } from './mounts-directory.ts';
import { findRunningGateway } from './running-gateway.ts';
import { checkRuntime } from './runtime.ts';
import { checkService } from './service.ts';
import { checkVault } from './vault.ts';

/**
 * Looks at everything that a gateway with this configuration needs, whether it runs or not, and changes nothing: what is
 * tried out (a clone of a file, a port) is gone when it resolves.
 */
export async function examine(configFile: string): Promise<Finding[]> {
  const { findings, config } = await readConfiguration(configFile);
  if (!config) return [...findings, ...(await checkRuntime(undefined))];
  const { dataDirectory } = config;
  const gatewayPid = await findRunningGateway(dataDirectory);
  const { findings: onIdentity, identity } = await checkIdentity(dataDirectory);
  const groups = await Promise.all([
    checkRuntime(gatewayPid),
    checkDataDirectory(config, gatewayPid),
    onIdentity,
    checkMountsDirectory(config),
    checkExports(config),
    checkEncryption(config),
    checkListeners(config, gatewayPid),
    withNetwork(config, async (network) => [
      ...(await checkService(config, network, identity)),
      await checkVault(dataDirectory, network),
    ]),
  ]);
  return [...findings, ...groups.flat()];
}

async function readConfiguration(file: string): Promise<{ findings: Finding[]; config?: GatewayConfig }> {
  try {
    const { config, problems } = await checkConfig(file);
    if (config) return { findings: [ok('configuration', `${file} has no problems`)], config };
    const findings = problems.map(({ place, message }) =>
      fail(
        'configuration',
        `${place || 'file'}: ${message}`,
        `correct it in ${file}; nothing else is checked`,
      ),
    );
    return { findings };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { findings: [fail('configuration', messageOf(error), 'correct it; nothing else is checked')] };
  }
}

async function withNetwork(
  { network: settings }: GatewayConfig,
  check: (network: Network) => Promise<Finding[]>,
): Promise<Finding[]> {
  let network: Network;
  try {
    network = await openNetwork(settings);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return [fail('network', messageOf(error), 'correct it; the ways to service and vault are not checked')];
  }
  try {
    return await check(network);
  } finally {
    await network.destroy();
  }
}
