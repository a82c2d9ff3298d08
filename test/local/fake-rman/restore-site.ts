import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { findDatabase } from '../../../local/fake-rman/database.ts';
import type { FileMap } from '../../../shared/domain/file-map/file-map.ts';
import { makeJudgement } from '../../../shared/domain/recoverability/make-judgement.ts';
import { makeRestoreScripts } from '../../../shared/domain/rman-scripts/make-scripts.ts';
import type { RestoreScripts, ScriptOrder } from '../../../shared/domain/rman-scripts/script-order.ts';
import { type Backup, backUpNights, findDifference, type Host, mapOf, rmanHere } from './nights.ts';

export const pdb = 'SALESPDB';

/** Backup sets: a level 0, then two of level 1. */
const threeNights: readonly (readonly Backup[])[] = [['level 0'], ['level 1'], ['level 1 cumulative']];

/** Image copies; the level 1 of the night after goes back to a level 0 of the same hour. */
export const copyNights: readonly (readonly Backup[])[] = [['level 0', 'copies'], ['level 1'], []];

/** Image copies that every night brings forward: the third night's are as of the third night. */
export const mergedNights: readonly (readonly Backup[])[] = [['merge'], ['merge'], ['merge']];

/** A database with its backups, the files of the last night staged, and hosts to restore to. */
export class RestoreSite {
  readonly root = mkdtempSync(join(tmpdir(), 'holdfast-restore-'));
  readonly original: Host = { database: join(this.root, 'host'), datafiles: join(this.root, 'oradata') };
  readonly mount = join(this.root, 'mount');
  readonly staged = join(this.root, 'staged files; #1');
  map: FileMap | undefined;
  /** Of RMAN, one for each night. */
  logs: readonly string[] = [];
  #hosts = 0;
  #settings: Record<string, string> = {};

  /** `more`: settings of the stand-in. */
  async prepare(nights = threeNights, more: Record<string, string> = {}): Promise<void> {
    this.#settings = { FAKE_RMAN_PDB: pdb, ...more };
    mkdirSync(this.mount);
    this.logs = await backUpNights(this.original, this.mount, nights, this.#settings);
    this.map = await mapOf(this.mount, this.logs);
    this.stage();
    cpSync(this.original.database, this.#saved, { recursive: true });
    // What the control file remembers of the live area is gone, as after the next backups.
    rmSync(this.mount, { recursive: true });
    cpSync(this.staged, this.#savedFiles, { recursive: true });
  }

  get #saved(): string {
    return join(this.root, 'saved host');
  }

  get #savedFiles(): string {
    return join(this.root, 'saved files');
  }

  /** The staged files as they were, whatever was done to them. */
  stage(): void {
    rmSync(this.staged, { recursive: true, force: true });
    cpSync(existsSync(this.mount) ? this.mount : this.#savedFiles, this.staged, { recursive: true });
  }

  /** The scripts for an order, from the map and its judgement. */
  scripts(order: Omit<ScriptOrder, 'stagedAt'> & { readonly stagedAt?: string }): RestoreScripts {
    const { map } = this;
    const [database] = map?.databases ?? [];
    if (map === undefined || database === undefined) throw new Error('the site has no backups');
    const [verdict] = makeJudgement(map, undefined).judgement.databases;
    if (verdict === undefined) throw new Error('the database was not judged');
    return makeRestoreScripts({ map, database, verdict }, { stagedAt: this.staged, ...order });
  }

  /** An instance that is down, and the folders of its datafiles empty; RMAN makes none. */
  emptyHost(): Host & { readonly settings: Record<string, string> } {
    const host = this.otherHost();
    mkdirSync(join(this.original.datafiles, pdb), { recursive: true });
    return host;
  }

  /** The same on a host that has not even the folders. */
  otherHost(): Host & { readonly settings: Record<string, string> } {
    rmSync(this.original.datafiles, { recursive: true, force: true });
    const database = join(this.root, `new host ${++this.#hosts}`);
    return { ...this.original, database, settings: { FAKE_RMAN_INSTANCE: 'down' } };
  }

  /** The database still open, some of its datafiles overwritten with nonsense. */
  async damagedHost(files: readonly number[]): Promise<Host & { readonly settings: Record<string, string> }> {
    const folder = join(this.root, `live host ${++this.#hosts}`);
    cpSync(this.#saved, folder, { recursive: true });
    rmSync(this.original.datafiles, { recursive: true, force: true });
    const database = await findDatabase(folder);
    for (const { number, name } of database?.datafiles ?? []) {
      mkdirSync(dirname(name), { recursive: true });
      if (files.includes(number)) writeFileSync(name, 'lost');
    }
    return {
      ...{ database: folder, datafiles: this.original.datafiles },
      settings: this.#settings,
    };
  }

  /** What differs from the database at an SCN, of the files that are meant; undefined when nothing does. */
  difference(host: Host, scn: number, files?: readonly number[]): Promise<string | undefined> {
    // The live host's own state has the days that passed since.
    const original = existsSync(join(host.database, 'database.json'))
      ? host.database
      : this.original.database;
    const source = files === undefined ? this.original.database : original;
    return findDifference(host.database, source, scn, ({ number }) => files?.includes(number) ?? true);
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** Runs scripts as a person would; the first that fails ends it. */
export async function runScripts(
  host: Host & { readonly settings: Record<string, string> },
  texts: readonly string[],
): Promise<{ readonly exitCode: number; readonly output: string }> {
  let output = '';
  for (const text of texts) {
    const run = await rmanHere(host, text, host.settings);
    output += run.output;
    if (run.exitCode !== 0) return { exitCode: run.exitCode, output };
  }
  return { exitCode: 0, output };
}

/** The text of a script of an answer. */
export function scriptText({ files }: RestoreScripts, name: string): string {
  const found = files.find((each) => each.name === name);
  if (found === undefined) throw new Error(`there is no ${name}, but ${files.map((each) => each.name)}`);
  return found.text;
}
