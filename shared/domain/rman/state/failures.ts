import type { LogFacts } from '../result/facts.ts';
import type { Notice } from '../result/map.ts';
import {
  CHANNEL_FAILED,
  FAILURE_CODES,
  isWarning,
  NO_ARCHIVELOG_CODES,
  STACK_BANNER,
  STACK_FOLLOWS,
} from './codes.ts';

/** The lines of one failure: a stack under its banner, or the report of a channel in the middle of a command. */
export interface Failure {
  readonly line: number;
  readonly hasBanner: boolean;
  readonly errors: Notice[];
}

/** Collects errors and warnings. Codes outside a failure are of other programs, or only reasons. */
export class Failures {
  readonly errors: (Notice & { readonly line: number })[] = [];
  readonly warnings: Notice[] = [];
  noArchivelog: LogFacts['noArchivelog'];
  readonly #seen = new Set<string>();
  #failure: Failure | undefined;

  /** A failure is being reported: its lines follow each other. */
  get isOpen(): boolean {
    return this.#failure !== undefined;
  }

  /** Takes the line of a code. Answers the failure that it ends, where a new stack begins. */
  read(code: string, text: string, line: number): Failure | undefined {
    if (code === STACK_BANNER) return undefined;
    if (code === STACK_FOLLOWS) {
      const ended = this.end();
      this.#failure = { line, hasBanner: true, errors: [] };
      return ended;
    }
    if (!this.#failure && FAILURE_CODES.has(code)) this.#failure = { line, hasBanner: false, errors: [] };
    if (this.#failure) this.#add(this.#failure, { code, text }, line);
    else if (isWarning(code, text)) this.warnings.push({ code, text });
    return undefined;
  }

  end(): Failure | undefined {
    const ended = this.#failure;
    this.#failure = undefined;
    return ended;
  }

  /** A job's failure is repeated in the stack of its command: it counts once. */
  #add(failure: Failure, error: Notice, line: number): void {
    failure.errors.push(error);
    if (NO_ARCHIVELOG_CODES.has(error.code)) this.noArchivelog ??= { ...error, line };
    const key = `${error.code} ${error.text}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    this.errors.push({ ...error, line });
  }
}

/** The text of the first error that says which command or channel failed. */
export const failureText = ({ errors }: Failure): string | undefined =>
  errors.find(({ code }) => FAILURE_CODES.has(code))?.text;

/** The channels that failed, by RMAN-03009; their names are words of the text in every language. */
export const failedChannels = ({ errors }: Failure, channels: ReadonlySet<string>): string[] =>
  errors
    .filter(({ code }) => code === CHANNEL_FAILED)
    .flatMap(({ text }) => text.split(/[^\w$#]+/).filter((word) => channels.has(word)));
