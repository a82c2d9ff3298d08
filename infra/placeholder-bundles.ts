import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { functionNames } from './bundle.ts';

/** In place of the functions' bundles, for who looks at templates: those do not show the code. Answers the folder. */
export function writePlaceholderBundles(folder: string): string {
  for (const name of functionNames()) {
    mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(join(folder, name, 'index.mjs'), `// ${name}`);
  }
  return folder;
}
