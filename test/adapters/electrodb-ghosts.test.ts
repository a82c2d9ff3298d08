import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const folder = join(import.meta.dirname, '..', '..', 'shared', 'adapters', 'aws', 'catalog');

it('no entity is written by ElectroDB’s put, update or upsert, which create items that were not there', () => {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  const writes = files.flatMap((name) =>
    [...readFileSync(join(folder, name), 'utf8').matchAll(/\b\w+\s*\.\s*(put|update|upsert)\(/g)].map(
      ([text]) => `${name}: ${text}`,
    ),
  );

  expect(files.length).toBeGreaterThan(10);
  // A rebuild puts whole items in the place of whatever is there, each together with a check of its claim.
  const isOfRebuild = (write: string) => /^rebuild\.ts: \w+\.put\($/.test(write);
  const others = writes.filter((write) => !write.includes('createHash') && !isOfRebuild(write));
  expect(others).toEqual([]);
});
