import type { MissingObject } from '../reports/listed.ts';
import type { Deletion, NotDeleted } from '../result/map.ts';
import type { Fields } from '../wordings/message.ts';

/** What the line before said of the objects that follow. */
type Context = { readonly kind: 'logsAfterBackup'; readonly channel: string } | ObjectContext;

/** That they are deleted, not found or only checked. */
export interface ObjectContext {
  readonly kind: 'piece' | 'log' | 'copy' | 'controlFileCopy' | 'missing' | 'onlyChecked';
}

type Named = Pick<Fields, 'name' | 'recid' | 'stamp'>;
type WithHandle = Pick<Fields, 'handle' | 'recid' | 'stamp'>;

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
  #hasFailed = false;

  expect(context: Context): void {
    this.#context = context;
    this.#forgetRefusal();
  }

  /** A line that no wording fits may say what comes of the object behind it. */
  expectByWords(kind: ObjectContext['kind'] | undefined): void {
    if (kind !== undefined) this.expect({ kind });
    else if (this.#context?.kind !== 'logsAfterBackup') this.forget();
  }

  /** A warning said that the next log was not deleted. `hasFailed`: it was tried. */
  refuseNext(hasFailed: boolean): void {
    this.#isRefused = true;
    this.#hasFailed = hasFailed;
  }

  forget(): void {
    this.#context = undefined;
    this.#forgetRefusal();
  }

  #forgetRefusal(): void {
    this.#isRefused = false;
    this.#hasFailed = false;
  }

  // What an object is called is read where it is kept: most of those that a log names are only checked.

  logFile(object: Named, line: number): void {
    const context = this.#context;
    if (this.#hasFailed) this.#forgetRefusal();
    else if (context?.kind === 'logsAfterBackup') {
      const { name, recid, stamp } = object;
      this.#add({ type: 'archivelog', name, recid, stamp, channel: context.channel }, line);
    } else {
      this.#read('log', 'archivelog', object, line);
    }
  }

  /** Neither deleted nor backed up: applied by a recovery, or refused. */
  logFileByNumber(log: NotDeleted): void {
    if (this.#isRefused) this.refused.push({ name: log.name, thread: log.thread, sequence: log.sequence });
    this.#forgetRefusal();
  }

  piece(object: WithHandle, line: number): void {
    if (this.#isMissing()) {
      const { handle, recid, stamp } = object;
      this.#addMissing({ type: 'backuppiece', name: handle, recid, stamp, line });
    } else if (this.#take('piece')) {
      const { handle, recid, stamp } = object;
      this.#add({ type: 'backuppiece', handle, recid, stamp }, line);
    }
  }

  /** An object in an unknown wording is what the line before spoke of. Answers whether one did. */
  named(object: Named, line: number): boolean {
    const kind = this.#context?.kind;
    if (kind === 'piece' || kind === 'missing') this.piece({ ...object, handle: object.name }, line);
    else if (kind === 'copy') this.copy(object, line);
    else if (kind === 'controlFileCopy') this.controlFileCopy(object, line);
    else this.logFile(object, line);
    return kind !== undefined;
  }

  copy(object: Named, line: number): void {
    this.#read('copy', 'datafilecopy', object, line);
  }

  controlFileCopy(object: Named, line: number): void {
    this.#read('controlFileCopy', 'controlfilecopy', object, line);
  }

  #read(
    kind: 'log' | 'copy' | 'controlFileCopy',
    type: 'archivelog' | 'datafilecopy' | 'controlfilecopy',
    object: Named,
    line: number,
  ): void {
    if (this.#isMissing()) {
      const { name, recid, stamp } = object;
      this.#addMissing({ type, name, recid, stamp, line });
    } else if (this.#take(kind)) {
      const { name, recid, stamp } = object;
      this.#add({ type, name, recid, stamp }, line);
    }
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
