import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeDeb } from './deb.ts';
import { gatewayPackage, packageFileName } from './gateway-package.ts';

const root = join(import.meta.dirname, '..', '..');

/** The time that stands in the package: SOURCE_DATE_EPOCH, or that of the last commit. */
function builtAt(): Date {
  const given = process.env.SOURCE_DATE_EPOCH ?? timeOfLastCommit();
  if (!/^\d{1,11}$/.test(given)) throw new Error(`SOURCE_DATE_EPOCH is '${given}': give seconds since 1970`);
  return new Date(Number(given) * 1000);
}

function timeOfLastCommit(): string {
  try {
    return execFileSync('git', ['log', '-1', '--format=%ct'], { cwd: root, encoding: 'utf8' }).trim();
  } catch {
    throw new Error('this is no git checkout: give the time of the package as SOURCE_DATE_EPOCH');
  }
}

const [folder = join(root, 'dist'), ...more] = process.argv.slice(2);
try {
  if (more.length > 0 || folder.startsWith('-')) throw new Error('usage: npm run package [-- FOLDER]');
  const deb = await writeDeb(await gatewayPackage(builtAt()));
  mkdirSync(folder, { recursive: true });
  const file = join(folder, packageFileName);
  writeFileSync(file, deb);
  console.log(file);
} catch (error) {
  console.error(`package: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
