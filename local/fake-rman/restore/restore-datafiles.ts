import { copyFileSync, existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { blockSize, findBlockFault } from '../block.ts';
import type { Datafile } from '../database.ts';
import { addressInCopy, fillFileStartBlock, fillUnusedBlock } from '../image-copy.ts';
import type { DatafileEntry } from '../piece-format.ts';
import { describeFileFailure, RmanError } from '../rman-error.ts';
import type { Session } from '../session.ts';
import { blockCount } from '../workload.ts';
import { blocksOfPart, type PiecePart, readBlocks, readDatafileHeader } from './read-piece.ts';
import { endOfRecovery } from './recovery-end.ts';
import { isDatafilePart, partsKnown } from './repository.ts';
import type { Scope } from './restore-commands.ts';
import { datafilesIn, requireUnused } from './scope.ts';

/** What a datafile can be restored from: a set with all of its blocks, or an image copy. */
type Base = { readonly checkpointScn: number; readonly fuzzyScn: number } & (
  | { readonly part: PiecePart & { readonly entry: DatafileEntry } }
  | { readonly copy: string }
);

/** RESTORE: each datafile anew, from the newest backup that the end of the recovery allows. */
export const restoreDatafiles = async (session: Session, scope: Scope): Promise<void> => {
  const datafiles = datafilesIn(session, scope);
  requireUnused(session, datafiles);
  const { lastScn = Number.POSITIVE_INFINITY } = endOfRecovery(session);
  const parts = partsKnown(session).filter(isDatafilePart);
  const chosen = datafiles.map((datafile) => {
    const bases = [...setsOf(parts, datafile), ...copiesOf(session, datafile)]
      .filter(({ checkpointScn, fuzzyScn }) => Math.max(checkpointScn, fuzzyScn) <= lastScn)
      .sort((one, other) => one.checkpointScn - other.checkpointScn);
    return { datafile, base: bases.at(-1) };
  });
  const without = chosen.filter(({ base }) => base === undefined);
  if (without.length > 0) {
    throw new RmanError([
      'RMAN-06026: some targets not found - aborting restore',
      ...without.map(
        ({ datafile }) => `RMAN-06023: no backup or copy of datafile ${datafile.number} found to restore`,
      ),
    ]);
  }
  for (const { datafile, base } of chosen) {
    if (base !== undefined) await restoreDatafile(session, datafile, base);
  }
};

const setsOf = (parts: readonly (PiecePart & { entry: DatafileEntry })[], { number }: Datafile): Base[] =>
  parts
    .filter(({ entry }) => entry.file === number && entry.fromScn === 0)
    .map((part) => ({ part, checkpointScn: part.entry.checkpointScn, fuzzyScn: part.entry.fuzzyScn }));

const copiesOf = ({ database, instance }: Session, { number }: Datafile): Base[] =>
  database.copies.flatMap(({ path, file }) => {
    if (file !== number || instance.expired.includes(path) || !existsSync(path)) return [];
    const header = readDatafileHeader(path);
    if (header?.dbid !== database.dbid || header.file !== number) return [];
    return [{ copy: path, checkpointScn: header.checkpointScn, fuzzyScn: header.fuzzyScn }];
  });

const restoreDatafile = async (session: Session, datafile: Datafile, base: Base): Promise<void> => {
  const path = session.newNames.get(datafile.number) ?? datafile.name;
  if (!existsSync(dirname(path))) {
    throw new RmanError(describeFileFailure(path, Object.assign(new Error(), { code: 'ENOENT', errno: 2 })));
  }
  session.say(`restoring datafile ${String(datafile.number).padStart(5, '0')} to ${path}`);
  if ('copy' in base) {
    requireSound(base.copy, datafile);
    if (base.copy !== path) copyFileSync(base.copy, path);
    return;
  }
  await using file = await open(path, 'w');
  const block = Buffer.alloc(blockSize);
  // A set has no block 0, which is the operating system's, and none that was never used.
  for (let number = 0; number <= blockCount(datafile); number++) {
    block.fill(0);
    if (number === 0) fillFileStartBlock(block, datafile);
    else fillUnusedBlock(block, datafile, number);
    await file.write(block, 0, blockSize, number * blockSize);
  }
  for (const content of blocksOfPart(base.part, (each) => addressOfFile(each, datafile))) {
    await file.write(content, 0, blockSize, blockNumberOf(content) * blockSize);
  }
};

/** 22 bits of a block's address are its number. */
export const blockNumberOf = (block: Buffer): number => block.readUInt32LE(4) & 0x3f_ffff;

/** Where a block of a set has to be from: a block of another datafile is a fault. */
export const addressOfFile = (block: Buffer, datafile: Datafile): number =>
  addressInCopy(datafile, blockNumberOf(block));

/** Throws for a copy with a block that is not what and where it says. */
export const requireSound = (path: string, datafile: Datafile): void => {
  let number = 0;
  for (const block of readBlocks(path, 0, blockCount(datafile) + 1)) {
    const fault = findBlockFault(block, addressInCopy(datafile, number));
    if (fault !== undefined) {
      throw new RmanError([
        `ORA-19566: exceeded limit of 0 corrupt blocks for file ${path}`,
        `ORA-19599: block number ${number} is corrupt in datafile copy "${path}"`,
      ]);
    }
    number++;
  }
};
