import type { MissingObject } from './listed.ts';
import type { Deletion, NotDeleted } from './map.ts';
import { keepText } from './wording.ts';

/** What the line before said of the objects that follow. */
type Context =
  | { readonly kind: 'logsAfterBackup'; readonly channel: string }
  | { readonly kind: 'piece' | 'log' | 'copy' | 'controlFileCopy' }
  | { readonly kind: 'missing' }
  | { readonly kind: 'onlyChecked' };

/** A crosscheck of a whole tape library that is out of reach finds nothing. */
const MOST_MISSING = 20_000;

/** Objects are named in the same words when they are deleted and when they are only checked: the line before decides. */
export class Deletions {
  readonly deleted: Deletion[] = [];
  /** Where each of them stands; apart, as a log may delete in every other line. */
  readonly lines: number[] = [];
  readonly refused: NotDeleted[] = [];
  /** What a check has not found; by name, as it was checked last. */
  readonly missing = new Map<string, MissingObject>();
  #context: Context | undefined;
  #isRefused = false;

  expect(context: Context): void {
    this.#context = context;
    this.#isRefused = false;
  }

  /** A warning said that the next log was not deleted. */
  refuseNext(): void {
    this.#isRefused = true;
  }

  forget(): void {
    this.#context = undefined;
    this.#isRefused = false;
  }

  logFile(name: string, recid: number, stamp: number, line: number): void {
    const context = this.#context;
    if (context?.kind === 'logsAfterBackup') {
      this.#add({ type: 'archivelog', name: keepText(name), recid, stamp, channel: context.channel }, line);
    } else if (this.#isMissing()) {
      this.#addMissing({ type: 'archivelog', name: keepText(name), recid, stamp, line });
    } else if (this.#take('log')) {
      this.#add({ type: 'archivelog', name: keepText(name), recid, stamp }, line);
    }
  }

  /** Neither deleted nor backed up: applied by a recovery, or refused. */
  logFileByNumber({ name, thread, sequence }: NotDeleted): void {
    if (this.#isRefused) this.refused.push({ name: keepText(name), thread, sequence });
    this.#isRefused = false;
  }

  piece(handle: string, recid: number, stamp: number, line: number): void {
    if (this.#isMissing())
      this.#addMissing({ type: 'backuppiece', name: keepText(handle), recid, stamp, line });
    else if (this.#take('piece'))
      this.#add({ type: 'backuppiece', handle: keepText(handle), recid, stamp }, line);
  }

  copy(name: string, recid: number, stamp: number, line: number): void {
    if (this.#isMissing())
      this.#addMissing({ type: 'datafilecopy', name: keepText(name), recid, stamp, line });
    else if (this.#take('copy'))
      this.#add({ type: 'datafilecopy', name: keepText(name), recid, stamp }, line);
  }

  controlFileCopy(name: string, recid: number, stamp: number, line: number): void {
    if (this.#isMissing())
      this.#addMissing({ type: 'controlfilecopy', name: keepText(name), recid, stamp, line });
    else if (this.#take('controlFileCopy'))
      this.#add({ type: 'controlfilecopy', name: keepText(name), recid, stamp }, line);
  }

  #isMissing(): boolean {
    return this.#context?.kind === 'missing' && this.#take('missing');
  }

  #addMissing(object: MissingObject): void {
    const key = `${object.type} ${object.name}`;
    if (this.missing.size < MOST_MISSING || this.missing.has(key)) this.missing.set(key, object);
  }

  #take(kind: NonNullable<Context>['kind']): boolean {
    const isExpected = this.#context?.kind === kind;
    if (this.#context?.kind !== 'logsAfterBackup') this.#context = undefined;
    return isExpected;
  }

  #add(deletion: Deletion, line: number): void {
    this.deleted.push(deletion);
    this.lines.push(line);
  }
}
