import type { Home } from './arns.ts';
import type { StateMachine } from './definition/model.ts';
import { InvalidDefinition } from './definition/problems.ts';
import { STATES } from './failure.ts';
import { type ExecutionReader, HistoryFull, type Limits, Turn } from './interpreter/turn.ts';
import type { QueryEnvironment } from './jsonata/functions.ts';
import type { MachineLibrary } from './machine-library.ts';
import type { FindRefusal } from './role-access.ts';
import type { Starts } from './starts.ts';
import { NameTaken, type Store } from './store/store.ts';

/** Used where a definition can no longer be read: the turn then fails before it looks at a state. */
const NO_MACHINE: StateMachine = { startAt: '', states: new Map() };

export interface Taken {
  readonly turn: Turn;
  /** Executions that were started with the turn. */
  readonly startedIds: readonly number[];
}

interface TurnSettings {
  readonly home: Home;
  readonly limits: Limits;
  readonly environment: QueryEnvironment;
  readonly library: MachineLibrary;
  readonly starts: Starts;
  readonly findRefusal: FindRefusal | undefined;
}

/** Prepares turns, and stores what they decided. */
export class TurnTaker {
  readonly #store: Store;
  readonly #settings: TurnSettings;

  constructor(store: Store, settings: TurnSettings) {
    this.#store = store;
    this.#settings = settings;
  }

  /**
   * Lets `work` decide, and stores its decisions in one transaction. Undefined when the execution has ended, or
   * when `isCancelled` says after the decision that the service is closing: the turn is then taken again.
   */
  async take(
    executionId: number,
    work: (turn: Turn) => Promise<void>,
    isCancelled: () => boolean,
  ): Promise<Taken | undefined> {
    for (;;) {
      const turn = await this.#decide(executionId, work);
      if (turn === undefined || isCancelled()) {
        return undefined;
      }
      try {
        return { turn, startedIds: this.#store.commit(turn) };
      } catch (error) {
        // Somebody else took the name of a nested execution since the turn looked: it looks again.
        if (!(error instanceof NameTaken)) {
          throw error;
        }
      }
    }
  }

  async #decide(executionId: number, work: (turn: Turn) => Promise<void>): Promise<Turn | undefined> {
    const execution = this.#store.executions.get(executionId);
    if (execution?.status !== 'RUNNING') {
      return undefined;
    }
    const { library, starts, findRefusal, ...settings } = this.#settings;
    const reader: ExecutionReader = {
      ...this.#store.reader(executionId),
      planStart: (request) => starts.plan(request),
      findRefusal: (access) => findRefusal?.(execution.roleArn, access),
    };
    const context = { ...settings, execution, machine: NO_MACHINE, reader };
    let turn = new Turn(context);
    try {
      turn = new Turn({ ...context, machine: library.get(execution.definitionHash) });
      await work(turn);
    } catch (error) {
      if (error instanceof HistoryFull) {
        turn.failForFullHistory();
      } else {
        // A defect here, or a definition of an older release that is refused now: never a hanging execution.
        if (!(error instanceof InvalidDefinition)) {
          process.emitWarning(error as Error);
        }
        turn = new Turn(context);
        turn.fail(execution.eventCount, { error: STATES.runtime, cause: String(error) });
      }
    }
    return turn;
  }
}
