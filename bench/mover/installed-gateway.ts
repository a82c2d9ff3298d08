import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleGateway } from '../../scripts/package/bundle.ts';

/**
 * The gateway's program as its package installs it, written into a folder; answers its path. Run from the source, Node
 * keeps 30 MiB more for types that it strips and for modules that are not in the package.
 */
export async function installGateway(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const { files } = await bundleGateway();
  await Promise.all([...files].map(([name, content]) => writeFile(join(folder, name), content)));
  return join(folder, 'holdfast-gateway.mjs');
}
