import {
  appendFile,
  link,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { randomBytes } from '../../domain/vault/vault-arbitraries.ts';
import { BackupLine, type Point } from './backup-line.ts';
import { writeSparse } from './sample-tree.ts';

/** A sequence of numbers that is the same for the same seed. */
function numbersFrom(seed: string): (below: number) => number {
  let count = 0;
  return (below) => randomBytes(`${seed} ${count++}`, 6).readUIntBE(0, 6) % below;
}

const kibibyte = 2 ** 10;
const names = ['a', 'b', 'c', 'd', 'e', 'f'];

/**
 * Days of a mount on which files are written to, cut, grown, renamed, linked, made anew and removed, and what the gateway
 * keeps is lost or damaged; every snapshot is committed by the service's rules, some after an attempt that broke off.
 */
export async function liveThrough(
  seed: string,
  days: number,
): Promise<{ line: BackupLine; points: Point[] }> {
  const line = await BackupLine.make();
  const pick = numbersFrom(seed);
  const points: Point[] = [];
  for (let day = 0; day < days; day++) {
    for (let change = 0; change < 8; change++) await changeSomething(line, pick, `${seed} ${day} ${change}`);
    if (pick(3) === 0) await spoilSomething(line, pick);
    points.push(await backUpWithTrouble(line, pick, points.at(-1)));
  }
  return { line, points };
}

async function backUpWithTrouble(
  line: BackupLine,
  pick: (below: number) => number,
  parent: Point | undefined,
): Promise<Point> {
  const packs = parent && pick(4) === 0 ? await line.packsOf(parent) : [];
  const options = {
    trustsStats: pick(3) > 0,
    damaged: packs.slice(pick(packs.length + 1)),
    rewrite: { belowShare: pick(10) / 10, maxBytes: pick(2 ** 20) },
  };
  if (pick(3) > 0) return line.backUp(options);
  let left = pick(4);
  return line.backUp({
    ...options,
    onPut: () => {
      if (left-- === 0) throw new Error('the line is cut');
    },
  });
}

async function changeSomething(
  line: BackupLine,
  pick: (below: number) => number,
  seed: string,
): Promise<void> {
  const path = join(line.root, names[pick(names.length)] ?? '');
  const other = join(line.root, names[pick(names.length)] ?? '');
  const found = await stat(path).catch(() => undefined);
  if (!found) return createSomething(path, other, pick, seed);
  switch (pick(9)) {
    case 0:
      return truncate(path, pick(found.size + 1));
    case 1:
      return truncate(path, found.size + pick(700 * kibibyte));
    case 2:
      return appendFile(path, randomBytes(seed, 1 + pick(300 * kibibyte)));
    case 3:
      return rename(path, other);
    case 4:
      return rm(path);
    case 5:
      return writeHeader(path, [2048, 8192, 16_384, 77][pick(4)] ?? 0);
    default:
      return scatter(path, found.size, pick, seed);
  }
}

async function createSomething(
  path: string,
  other: string,
  pick: (below: number) => number,
  seed: string,
): Promise<void> {
  const kind = pick(4);
  if (kind === 0) return writeSparse(path, pick(3000) * kibibyte, [[pick(1000) * kibibyte, seed]]);
  if (kind === 1 && (await stat(other).catch(() => undefined))) return link(other, path);
  await writeFile(path, randomBytes(seed, pick(kind === 2 ? 3000 * kibibyte : 20_000)));
}

/** Writes over stretches here and there, some with zeros. */
async function scatter(
  path: string,
  size: number,
  pick: (below: number) => number,
  seed: string,
): Promise<void> {
  const handle = await open(path, 'r+');
  for (let count = pick(20); count >= 0; count--) {
    const length = 1 + pick(pick(2) === 0 ? 200 : 50_000);
    const bytes = pick(4) === 0 ? Buffer.alloc(length) : randomBytes(`${seed} ${count}`, length);
    await handle.write(bytes, 0, length, pick(size + 1));
  }
  await handle.close();
}

async function writeHeader(path: string, blockBytes: number): Promise<void> {
  const header = Buffer.alloc(32);
  header.writeUInt32LE(blockBytes, 20);
  header.writeUInt32LE(0x7a7b7c7d, 28);
  const handle = await open(path, 'r+');
  await handle.write(header, 0, header.length, 0);
  await handle.close();
}

/** What a power cut, a bad disk or a careless hand does to what the gateway keeps. */
async function spoilSomething(line: BackupLine, pick: (below: number) => number): Promise<void> {
  const kinds = await readdir(line.baselineFolder).catch(() => []);
  const folder = join(line.baselineFolder, kinds[pick(kinds.length || 1)] ?? '');
  const files = (await readdir(folder).catch(() => [])).sort();
  const path = join(folder, files[pick(files.length || 1)] ?? '');
  const other = join(folder, files[pick(files.length || 1)] ?? '');
  if (files.length === 0) return;
  const bytes = await readFile(path);
  switch (pick(4)) {
    case 0:
      return rm(path);
    case 1:
      return writeFile(path, bytes.subarray(0, pick(bytes.length + 1)));
    case 2:
      return writeFile(path, await readFile(other));
    default:
      bytes.writeUInt8(bytes.readUInt8(pick(bytes.length)) ^ (1 << pick(8)), pick(bytes.length));
      return writeFile(path, bytes);
  }
}
