import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import '../../gateway/small-heap.ts';
import { rehearseDatabase } from './database.ts';
import { rehearseFiles } from './files.ts';

// `rehearse.ts database <TiB>` or `rehearse.ts files <number>`: a rehearsal in a process of its own, which prints Figures.

const [kind, size] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'holdfast-bench-scale-'));
try {
  const rehearse = kind === 'database' ? rehearseDatabase : rehearseFiles;
  process.stdout.write(`${JSON.stringify(await rehearse(Number(size), folder))}\n`);
} finally {
  rmSync(folder, { recursive: true });
}
