import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLocalFolder, requireOwnFolder } from '../../../local/bare/local-folder.ts';
import { resetLocalFolder } from '../../../local/bare/reset.ts';

let parent: string;
let folder: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'holdfast-folder-'));
  folder = join(parent, 'data');
});
afterEach(() => rmSync(parent, { recursive: true }));

const yes = async (): Promise<boolean> => true;

/** As a start leaves it. */
const makeUsed = (): void => {
  openLocalFolder(folder).release();
  mkdirSync(join(folder, 'aws', 's3'), { recursive: true });
  writeFileSync(join(folder, 'aws', 's3', 'object'), 'content');
  writeFileSync(join(folder, 'ports.json'), '{}');
};

describe('a data folder of the local AWS', () => {
  it('is made where there is none or an empty one, and known again', () => {
    openLocalFolder(folder).release();
    openLocalFolder(folder).release();
    mkdirSync(join(parent, 'empty'));
    openLocalFolder(join(parent, 'empty')).release();

    expect(() => requireOwnFolder(folder)).not.toThrow();
  });

  it('is never one that holds other things, nor a file, nor one of a later version', () => {
    writeFileSync(join(parent, 'letter'), 'mine');
    makeUsed();
    writeFileSync(join(folder, 'holdfast-local.json'), '{"format":2}');

    expect(() => openLocalFolder(parent)).toThrow(`${parent} holds other things than the local AWS`);
    expect(() => openLocalFolder(join(parent, 'letter'))).toThrow(/letter is no folder/);
    expect(() => openLocalFolder(folder)).toThrow(/made by another version \(format 2, this one reads 1\)/);
    expect(readdirSync(parent).sort()).toEqual(['data', 'letter']);
  });

  it('has one user at a time, whom a second one is told', () => {
    const first = openLocalFolder(folder);

    expect(() => openLocalFolder(folder)).toThrow(`${folder} is in use by process ${process.pid}: end it`);
    first.release();
    openLocalFolder(folder).release();
  });
});

describe('a reset', () => {
  it('removes what the local AWS has made and leaves everything else', async () => {
    makeUsed();
    writeFileSync(join(folder, 'notes.txt'), 'mine');

    expect(await resetLocalFolder(folder, yes)).toBe(true);
    expect(await resetLocalFolder(folder, yes)).toBe(false);
    expect(existsSync(join(folder, 'aws'))).toBe(false);
    expect(readFileSync(join(folder, 'notes.txt'), 'utf8')).toBe('mine');
    openLocalFolder(folder).release();
  });

  it('does not follow a link out of the folder', async () => {
    openLocalFolder(folder).release();
    mkdirSync(join(parent, 'elsewhere'));
    writeFileSync(join(parent, 'elsewhere', 'letter'), 'mine');
    symlinkSync(join(parent, 'elsewhere'), join(folder, 'aws'));

    await resetLocalFolder(folder, yes);

    expect(readFileSync(join(parent, 'elsewhere', 'letter'), 'utf8')).toBe('mine');
  });

  it('removes nothing when the answer is no, when the folder is in use, or when it is not ours', async () => {
    makeUsed();
    const ours = join(folder, 'aws', 's3', 'object');
    mkdirSync(join(parent, 'foreign', 'aws'), { recursive: true });

    expect(await resetLocalFolder(folder, async () => false)).toBe(false);
    await expect(resetLocalFolder(join(parent, 'foreign'), yes)).rejects.toThrow(/holds other things/);
    const user = openLocalFolder(folder);
    await expect(resetLocalFolder(folder, yes)).rejects.toThrow(`is in use by process ${process.pid}`);
    user.release();

    expect(existsSync(ours)).toBe(true);
    expect(existsSync(join(parent, 'foreign', 'aws'))).toBe(true);
    expect(await resetLocalFolder(join(parent, 'nothing'), yes)).toBe(false);
    expect(existsSync(join(parent, 'nothing'))).toBe(false);
  });
});
