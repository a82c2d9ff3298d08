import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { bundleProgram } from '../../scripts/package/bundle.ts';

/** Which the package installs. */
export const gatewayProgram = 'scripts/package/holdfast-gateway.ts';

/**
 * A program, by its path in the project, written into a folder as the package installs the gateway; answers its path. Run
 * from the source, Node keeps 30 MiB more for types that it strips and for modules that are not in the package.
 */
export async function installProgram(program: string, folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const { files } = await bundleProgram(program);
  await Promise.all([...files].map(([name, content]) => writeFile(join(folder, name), content)));
  return join(folder, `${basename(program, '.ts')}.mjs`);
}
