import type { Home } from './arns.ts';
import type { StateMachine } from './definition/model.ts';
import { parseDefinition } from './definition/parse.ts';
import { InvalidDefinition } from './definition/problems.ts';
import type { Integrations } from './definition/resource.ts';
import { STATES } from './failure.ts';
import { HistoryFull, type Limits, Turn } from './interpreter/turn.ts';
import type { QueryEnvironment } from './jsonata/functions.ts';
import type { Store } from './store/store.ts';

/** Used where a definition can no longer be read: the turn then fails before it looks at a state. */
const NO_MACHINE: StateMachine = { startAt: '', states: new Map() };

export interface Taken {
  readonly turn: Turn;
  readonly childIds: readonly number[];
}

/** Prepares turns, and stores what they decided. */
export class TurnTaker {
  readonly #store: Store;
  readonly #settings: {
    home: Home;
    limits: Limits;
    environment: QueryEnvironment;
    integrations: Integrations;
  };
  readonly #machines = new Map<string, StateMachine>();

  constructor(
    store: Store,
    settings: { home: Home; limits: Limits; environment: QueryEnvironment; integrations: Integrations },
  ) {
    this.#store = store;
    this.#settings = settings;
  }

  machine(definitionHash: string): StateMachine {
    const machine =
      this.#machines.get(definitionHash) ??
      parseDefinition(this.#store.machines.definition(definitionHash), this.#settings.integrations);
    this.#machines.set(definitionHash, machine);
    return machine;
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
    const execution = this.#store.executions.get(executionId);
    if (execution?.status !== 'RUNNING') {
      return undefined;
    }
    const context = {
      ...this.#settings,
      execution,
      machine: NO_MACHINE,
      reader: this.#store.reader(executionId),
    };
    let turn = new Turn(context);
    try {
      turn = new Turn({ ...context, machine: this.machine(execution.definitionHash) });
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
    return isCancelled() ? undefined : { turn, childIds: this.#store.commit(turn) };
  }
}
