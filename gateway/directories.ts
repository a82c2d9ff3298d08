import { mkdir, realpath, stat } from 'node:fs/promises';
import { ConfigError, type GatewayConfig } from './config.ts';

/** Makes the data directory when it is new. Throws ConfigError when the mounts' folder is not there. */
export async function prepareDirectories(config: GatewayConfig): Promise<GatewayConfig> {
  const { dataDirectory, mountsDirectory } = config;
  const found = await stat(mountsDirectory).catch(() => undefined);
  // It is never made: it stands for a disk, and where that is not mounted nothing may start.
  if (!found?.isDirectory())
    throw new ConfigError(`mountsDirectory ${mountsDirectory} is not a folder: make or mount it`);
  await mkdir(dataDirectory, { recursive: true, mode: 0o700 });
  return { ...config, mountsDirectory: await realpath(mountsDirectory) };
}
