import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';

// `npm run bench` runs every bench, `npm run bench -- s3` that one. Each is a file of this folder that prints its
// figures and exits with 1 when a ratio misses its limit. Ratios are taken within one run: seconds do not carry over.

const self = basename(import.meta.filename);
const known = readdirSync(import.meta.dirname)
  .filter((name) => name.endsWith('.ts') && name !== self)
  .map((name) => basename(name, '.ts'));
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`There is no bench "${unknown.join('", "')}". There are: ${known.join(', ')}\n`);
  process.exit(2);
}
for (const name of wanted.length > 0 ? wanted : known) {
  process.stdout.write(`\n# ${name}\n`);
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, `${name}.ts`)], {
    stdio: 'inherit',
  });
  if (status !== 0) process.exitCode = 1;
}
