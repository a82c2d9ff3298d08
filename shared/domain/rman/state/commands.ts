import { commandNames, commandNamesLongestFirst } from '../wordings/language-wordings.ts';

/** A command between its `Starting` and its `Finished`. */
export interface CommandDraft {
  readonly command: string;
  readonly firstLine: number;
  lastLine: number | undefined;
  readonly startedAt: string | undefined;
  finishedAt: string | undefined;
  readonly run: number;
  /** It writes backups of the target database: of what stands inside DUPLICATE nothing does. */
  readonly isBackup: boolean;
  readonly isAutobackup: boolean;
  /** Of a backup, which goes on behind it and decides for both. */
  readonly isInside: boolean;
  state: 'open' | 'finished' | 'failed';
  /** Something that it began is never closed: lines are missing. */
  hasGap: boolean;
}

const AUTOBACKUP = 'Autobackup';
const known: ReadonlySet<string> = new Set(commandNames);

export const isCommandName = (name: string): boolean => known.has(name);

/** The commands of the log. RESTORE and DUPLICATE may hold others, and BACKUP an autobackup; a BACKUP that another one interrupts has not finished. */
export class Commands {
  readonly all: CommandDraft[] = [];
  #open: CommandDraft[] = [];

  get current(): CommandDraft | undefined {
    // Not by an index: one before the first has V8 look for a property of that name, each time that no command is open.
    return this.#open.at(-1);
  }

  /** Sets and copies announced now are backups. Before the first command the log may begin inside one. */
  get isBackingUp(): boolean {
    const current = this.current;
    return current ? current.isBackup && !current.isAutobackup : this.all.length === 0;
  }

  get isAutobackup(): boolean {
    return this.current?.isAutobackup === true;
  }

  /** An autobackup would begin inside the command that is open. */
  mayHold(command: string): boolean {
    return this.isBackingUp && this.hasOpen && command.endsWith(AUTOBACKUP);
  }

  start(
    command: string,
    line: number,
    run: number,
    { date, isInside }: { readonly date: string | undefined; readonly isInside: boolean },
  ): void {
    const current = this.current;
    if (current?.isBackup && !isInside) this.#open.pop();
    const isAutobackup = command.endsWith(AUTOBACKUP);
    const isBackup =
      (command === 'backup' || isAutobackup) && !this.#open.some((outer) => isDuplicate(outer));
    const draft: CommandDraft = {
      command,
      firstLine: line,
      lastLine: undefined,
      startedAt: date,
      finishedAt: undefined,
      run,
      isBackup,
      isAutobackup,
      isInside,
      state: 'open',
      hasGap: false,
    };
    this.all.push(draft);
    this.#open.push(draft);
  }

  /** Ends the innermost command of this name. Answers undefined when the log has none: another program said so, or it began inside. */
  finish(command: string, line: number, date: string | undefined): CommandDraft | undefined {
    const at = this.#open.findLastIndex((each) => each.command === command);
    const finished = this.#open.at(at);
    if (at < 0 || !finished) return undefined;
    finished.state = 'finished';
    finished.lastLine = line;
    finished.finishedAt = date;
    // One by one, as mostly it is one: V8 has to be called to set a length.
    while (this.#open.length > at) this.#open.pop();
    return finished;
  }

  /** A command whose beginning is not in the log. */
  addHeadless(
    command: string,
    line: number,
    run: number,
    state: 'finished' | 'failed',
    isBackup: boolean,
  ): CommandDraft {
    const draft: CommandDraft = {
      command,
      firstLine: line,
      lastLine: line,
      startedAt: undefined,
      finishedAt: undefined,
      run,
      isBackup,
      isAutobackup: command.endsWith(AUTOBACKUP),
      isInside: false,
      state,
      hasGap: false,
    };
    this.all.push(draft);
    return draft;
  }

  /** An error stack ends all commands that are open. Answers whether there were any. */
  fail(line: number): boolean {
    const failed = this.#open;
    this.#open = [];
    for (const draft of failed) {
      draft.state = 'failed';
      draft.lastLine = line;
    }
    return failed.length > 0;
  }

  /** A new run: what is open stays so for good. */
  abandon(): void {
    this.#open = [];
  }

  get hasOpen(): boolean {
    return this.#open.length > 0;
  }
}

const isDuplicate = ({ command }: CommandDraft): boolean => command.startsWith('Duplicate');

const FAILED_COMMAND = /failure of (.{1,80}?) command/;

/** The command that a failure's text names; commands are English in every language. */
export const commandIn = (text: string): string | undefined => {
  const named = FAILED_COMMAND.exec(text)?.[1];
  if (named !== undefined) return named;
  return commandNamesLongestFirst.find((name) =>
    new RegExp(`(^|[^A-Za-z])${name}([^A-Za-z]|$)`, 'i').test(text),
  );
};

/** `backup`, `backup plus archivelog`, `Control File and SPFILE Autobackup` */
export const isBackupName = (command: string): boolean => /^backup\b|autobackup$/i.test(command);
