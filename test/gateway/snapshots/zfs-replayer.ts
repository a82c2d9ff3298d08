/**
 * Acts as `zfs` over plain folders, for machines without it: the verbs, columns, exit codes and messages that the
 * gateway uses, as the manual pages of OpenZFS have them. A snapshot is a copy below `.zfs/snapshot`.
 */
import { execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

interface ReplayedDataset {
  mountpoint: string;
  properties: Record<string, string>;
  /** Of a clone: its snapshot. */
  origin?: string;
}
export interface ReplayedState {
  datasets: Record<string, ReplayedDataset>;
  snapshots: Record<string, { properties: Record<string, string>; holds: string[]; guid?: string }>;
}
/** Makes a command fail without doing anything; one that hangs fails when the fault is gone. */
export interface ZfsFault {
  readonly verb: string;
  readonly message: string;
  readonly hangs?: boolean;
}

class Refused extends Error {
  readonly exitCode: number;
  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

const valuedOptions = new Set(['-o', '-t', '-d', '-s']);

function parse(words: readonly string[]) {
  const options: [name: string, value: string][] = [];
  const operands: string[] = [];
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    if (valuedOptions.has(word)) options.push([word, words[++index] ?? '']);
    else if (word === '-Hp' || word === '-H') continue;
    else if (word.startsWith('-')) throw new Refused(`invalid option '${word.slice(1)}'\nusage: ...`, 2);
    else operands.push(word);
  }
  const valuesOf = (name: string) => options.flatMap(([option, value]) => (option === name ? [value] : []));
  return { valuesOf, operands };
}

class Replayer {
  readonly state: ReplayedState;
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    this.state = JSON.parse(readFileSync(join(folder, 'state.json'), 'utf8'));
  }

  save(): void {
    writeFileSync(join(this.#folder, 'state.new'), JSON.stringify(this.state));
    renameSync(join(this.#folder, 'state.new'), join(this.#folder, 'state.json'));
  }

  run(verb: string, words: readonly string[]): string {
    const { valuesOf, operands } = parse(words);
    const [first = '', second = ''] = operands;
    switch (verb) {
      case 'list':
        return this.#list(valuesOf('-o')[0]?.split(',') ?? [], valuesOf('-t')[0] ?? 'filesystem', first);
      case 'get':
        return first
          .split(',')
          .map((property) => `${property}\t${this.#valueOf(this.#snapshotName(second), property)}\n`)
          .join('');
      case 'clone':
        return this.#clone(first, second, propertiesOf(valuesOf('-o')));
      case 'mount':
        delete this.state.datasets[this.#resolve(first)]?.properties.mounted;
        return '';
      case 'create':
        return this.#create(first, valuesOf('-o'));
      case 'set':
        return this.#set(first, second);
      case 'inherit':
        delete this.state.datasets[this.#resolve(second)]?.properties[first];
        return '';
      case 'snapshot':
        return this.#snapshot(first, valuesOf('-o'));
      case 'hold':
        return this.#hold(first, second);
      case 'release':
        return this.#release(first, second);
      case 'destroy':
        return this.#destroy(first);
      default:
        throw new Refused(`unrecognized command '${verb}'`, 2);
    }
  }

  #list(columns: readonly string[], type: string, target: string): string {
    const dataset = this.#resolve(target);
    const names =
      type === 'snapshot'
        ? Object.keys(this.state.snapshots).filter((name) => name.startsWith(`${dataset}@`))
        : [dataset];
    return names
      .map((name) => `${columns.map((column) => this.#valueOf(name, column)).join('\t')}\n`)
      .join('');
  }

  #resolve(target: string): string {
    if (!target.startsWith('/')) {
      if (this.state.datasets[target]) return target;
      throw new Refused(`cannot open '${target}': dataset does not exist`);
    }
    if (!existsSync(target)) throw new Refused(`cannot open '${target}': No such file or directory`);
    const holders = Object.entries(this.state.datasets)
      .filter(([, { mountpoint }]) => `${target}/`.startsWith(`${mountpoint}/`))
      .sort(([, a], [, b]) => b.mountpoint.length - a.mountpoint.length);
    const name = holders[0]?.[0];
    if (name === undefined) throw new Refused(`cannot open '${target}': not a ZFS filesystem`);
    return name;
  }

  #snapshotName(name: string): string {
    if (this.state.snapshots[name]) return name;
    throw new Refused(`cannot open '${name}': dataset does not exist`);
  }

  #valueOf(name: string, property: string): string {
    if (property === 'name') return name;
    const dataset = this.state.datasets[name];
    if (property === 'guid') return this.state.snapshots[name]?.guid ?? '0';
    if (property === 'clones') return this.#clonesOf(name).join();
    if (property === 'mountpoint') return dataset?.mountpoint ?? '-';
    if (property === 'mounted') return dataset ? (dataset.properties.mounted ?? 'yes') : '-';
    if (property === 'readonly') return dataset?.properties.readonly ?? 'off';
    if (property === 'referenced' || property === 'used') return String(this.#bytesOf(name));
    return (dataset ?? this.state.snapshots[name])?.properties[property] ?? '-';
  }

  #bytesOf(name: string): number {
    return Number(
      execFileSync('du', ['-sB1', this.#folderOf(name)])
        .toString()
        .split('\t')[0],
    );
  }

  #folderOf(name: string): string {
    const [dataset = '', snapshot = ''] = name.split('@');
    return join(this.state.datasets[dataset]?.mountpoint ?? '', '.zfs', 'snapshot', snapshot);
  }

  #create(name: string, options: readonly string[]): string {
    if (this.state.datasets[name]) throw new Refused(`cannot create '${name}': dataset already exists`);
    const parent = this.state.datasets[dirname(name)];
    if (!parent) throw new Refused(`cannot create '${name}': parent does not exist`);
    const mountpoint = parent.mountpoint + name.slice(dirname(name).length);
    mkdirSync(mountpoint, { recursive: true });
    this.state.datasets[name] = { mountpoint, properties: propertiesOf(options) };
    return '';
  }

  #set(assignment: string, name: string): string {
    const dataset = this.state.datasets[this.#resolve(name)];
    const { mountpoint, ...properties } = propertiesOf([assignment]);
    if (dataset && mountpoint !== undefined) {
      // Unmounted there, which leaves an empty folder behind, and mounted here, over whatever there is.
      mkdirSync(dirname(mountpoint), { recursive: true });
      renameSync(dataset.mountpoint, mountpoint);
      mkdirSync(dataset.mountpoint);
      dataset.mountpoint = mountpoint;
    }
    Object.assign(dataset?.properties ?? {}, properties);
    return '';
  }

  #snapshot(name: string, options: readonly string[]): string {
    if (this.state.snapshots[name])
      throw new Refused(`cannot create snapshot '${name}': dataset already exists`);
    const dataset = this.state.datasets[name.split('@')[0] ?? ''];
    if (!dataset) throw new Refused(`cannot open '${name.split('@')[0]}': dataset does not exist`);
    const to = this.#folderOf(name);
    mkdirSync(to, { recursive: true });
    const entries = readdirSync(dataset.mountpoint).filter((entry) => entry !== '.zfs');
    if (entries.length > 0)
      execFileSync('cp', ['-a', '--sparse=always', '--', ...entries, to], { cwd: dataset.mountpoint });
    const guid = randomInt(2 ** 40).toString();
    this.state.snapshots[name] = { properties: propertiesOf(options), holds: [], guid };
    return '';
  }

  #clonesOf(snapshot: string): string[] {
    return Object.keys(this.state.datasets).filter((name) => this.state.datasets[name]?.origin === snapshot);
  }

  #clone(snapshot: string, name: string, { mountpoint = '', ...properties }: Record<string, string>): string {
    if (!this.state.snapshots[snapshot])
      throw new Refused(`cannot open '${snapshot}': dataset does not exist`);
    if (this.state.datasets[name]) throw new Refused(`cannot create '${name}': dataset already exists`);
    if (!this.state.datasets[dirname(name)])
      throw new Refused(`cannot create '${name}': parent does not exist`);
    mkdirSync(mountpoint, { recursive: true });
    execFileSync('cp', ['-a', '--', `${this.#folderOf(snapshot)}/.`, mountpoint]);
    this.state.datasets[name] = { mountpoint, properties, origin: snapshot };
    return '';
  }

  /** Leaves the folder that it was mounted at, as ZFS does where it was told the mount point. */
  #destroyDataset(name: string): string {
    const dataset = this.state.datasets[this.#resolve(name)];
    const dependents = Object.keys({ ...this.state.datasets, ...this.state.snapshots }).filter(
      (other) => other.startsWith(`${name}/`) || other.startsWith(`${name}@`),
    );
    if (dependents.length > 0) {
      throw new Refused(
        `cannot destroy '${name}': filesystem has children\nuse '-r' to destroy the following datasets:`,
      );
    }
    if (dataset?.properties.busy)
      throw new Refused(`cannot unmount '${dataset.mountpoint}': pool or dataset is busy`);
    if (!dataset?.origin) throw new Refused(`the replayer destroys no dataset but clones: ${name}`);
    for (const entry of readdirSync(dataset.mountpoint))
      rmSync(join(dataset.mountpoint, entry), { recursive: true });
    delete this.state.datasets[name];
    return '';
  }

  #hold(tag: string, name: string): string {
    const snapshot = this.state.snapshots[name];
    if (!snapshot) throw new Refused(`cannot hold snapshot '${name}': dataset does not exist`);
    if (snapshot.holds.includes(tag))
      throw new Refused(`cannot hold snapshot '${name}': tag already exists on this dataset`);
    snapshot.holds.push(tag);
    return '';
  }

  #release(tag: string, name: string): string {
    const snapshot = this.state.snapshots[name];
    if (!snapshot) throw new Refused(`cannot release hold from snapshot '${name}': dataset does not exist`);
    if (!snapshot.holds.includes(tag))
      throw new Refused(`cannot release hold from snapshot '${name}': no such tag on this dataset`);
    snapshot.holds = snapshot.holds.filter((held) => held !== tag);
    return '';
  }

  #destroy(name: string): string {
    const snapshot = this.state.snapshots[name];
    if (!name.includes('@')) return this.#destroyDataset(name);
    if (!snapshot) throw new Refused('could not find any snapshots to destroy; check snapshot names.');
    if (snapshot.holds.length > 0) throw new Refused(`cannot destroy snapshot ${name}: dataset is busy`);
    if (this.#clonesOf(name).length > 0)
      throw new Refused(`cannot destroy '${name}': snapshot has dependent clones`);
    rmSync(this.#folderOf(name), { recursive: true });
    delete this.state.snapshots[name];
    return '';
  }
}

const propertiesOf = (assignments: readonly string[]): Record<string, string> =>
  Object.fromEntries(assignments.map((text) => [text.split('=')[0], text.slice(text.indexOf('=') + 1)]));

/** What a command wrote and how it ended. */
export interface Replayed {
  readonly exitCode: number;
  /** On standard output, or on standard error where it failed. */
  readonly output: string;
}

/** Carries out one command, with no await in between: those of one gateway may overlap. */
export async function replay(folder: string, [verb = '', ...words]: readonly string[]): Promise<Replayed> {
  appendFileSync(join(folder, 'calls'), `${JSON.stringify([verb, ...words])}\n`);
  const fault = readFault(folder);
  if (fault?.verb === verb) {
    while (fault.hangs && readFault(folder)) await pause(5);
    return { exitCode: 1, output: `${fault.message}\n` };
  }
  try {
    const replayer = new Replayer(folder);
    const output = replayer.run(verb, words);
    if (verb !== 'list' && verb !== 'get') replayer.save();
    return { exitCode: 0, output };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { exitCode: error.exitCode, output: `${error.message}\n` };
  }
}

function readFault(folder: string): ZfsFault | undefined {
  const file = join(folder, 'fault.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}
