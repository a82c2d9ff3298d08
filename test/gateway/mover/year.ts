import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { randomBytes } from '../../domain/vault/vault-arbitraries.ts';
import { BackupLine, type Point } from './backup-line.ts';

const blockBytes = 8192;

export interface YearShape {
  readonly days: number;
  /** Of a database in two image copies, updated in place. */
  readonly blocksPerCopy: number;
  readonly changedBlocksPerCopy: number;
  /** An archived log a day, which stays on the mount for a week. */
  readonly logBytes: number;
  readonly rewrite: { readonly belowShare: number; readonly maxBytes: number };
}

/** What one day came to. */
export interface DayCost {
  readonly point: Point;
  readonly changedBytes: number;
  /** Of packs, as they were sent. */
  readonly sentBytes: number;
  /** Packs that a restore of this day needs, and what they hold. */
  readonly packs: number;
  readonly packBytes: number;
  /** Keys of the packs, each with its stored length. */
  readonly objects: ReadonlyMap<string, number>;
}

/** Daily points of one mount, by the mover as it is, in a vault in memory. */
export async function liveThroughYear(
  shape: YearShape,
): Promise<{ readonly line: BackupLine; readonly costs: DayCost[] }> {
  const { days, blocksPerCopy, changedBlocksPerCopy, logBytes, rewrite } = shape;
  const line = await BackupLine.make();
  const costs: DayCost[] = [];
  const copies = ['system.dbf', 'users.dbf'];
  for (const name of copies) {
    await writeFile(join(line.root, name), randomBytes(name, blocksPerCopy * blockBytes));
  }
  for (let day = 0; day < days; day++) {
    for (const name of day === 0 ? [] : copies) {
      for (let change = 0; change < changedBlocksPerCopy; change++) {
        const seed = `${name} ${day} ${change}`;
        await line.write(name, blockOf(seed, blocksPerCopy) * blockBytes, randomBytes(seed, blockBytes));
      }
    }
    await writeFile(join(line.root, `${day}.arc`), randomBytes(`log ${day}`, logBytes));
    await rm(join(line.root, `${day - 7}.arc`), { force: true });
    const changedBytes = day === 0 ? 0 : copies.length * changedBlocksPerCopy * blockBytes + logBytes;
    costs.push(await costOf(line, await line.backUp({ rewrite }), changedBytes));
  }
  return { line, costs };
}

/** Half of the changes go to a tenth of the blocks, as in databases. */
function blockOf(seed: string, blocks: number): number {
  const dice = randomBytes(`place ${seed}`, 8);
  const within = dice.readUInt8(0) < 128 ? Math.ceil(blocks / 10) : blocks;
  return dice.readUInt32BE(4) % within;
}

async function costOf(line: BackupLine, point: Point, changedBytes: number): Promise<DayCost> {
  const packs = await line.packsOf(point);
  const own = packs.filter(({ owner }) => owner === point.upload.uploadId);
  const sum = (rows: typeof packs) => rows.reduce((bytes, { storedBytes }) => bytes + storedBytes, 0);
  return {
    ...{ point, changedBytes, packs: packs.length },
    sentBytes: sum(own),
    packBytes: sum(packs),
    objects: new Map(packs.map(({ owner, number, storedBytes }) => [`${owner}/${number}`, storedBytes])),
  };
}

/** What the vault holds for the points of the last `days` days, each object once. */
export function bytesKept(costs: readonly DayCost[], days: number): number {
  const kept = new Map(costs.slice(-days).flatMap(({ objects }) => [...objects]));
  return [...kept.values()].reduce((sum, bytes) => sum + bytes, 0);
}
