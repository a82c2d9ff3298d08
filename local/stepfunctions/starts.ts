import type { LocalClock } from '../services.ts';
import { refuse } from './api/errors.ts';
import { findMachine } from './api/lookup.ts';
import { checkInput } from './api/payloads.ts';
import { type Home, isValidName, makeExecutionArn } from './arns.ts';
import type { MachineLibrary } from './machine-library.ts';
import type { NewExecution, NewStart, StartPlan, StartRequest } from './records.ts';
import type { Machine } from './store/machine-store.ts';
import { MAX_EXECUTION_MILLISECONDS, type Store } from './store/store.ts';

interface StartsOptions {
  readonly store: Store;
  readonly library: MachineLibrary;
  readonly home: Home;
  readonly clock: LocalClock;
  readonly newId: () => string;
  readonly payloadBytes: number;
}

/** Decides what a start comes to, for the API, for rules and schedules, and for nested executions alike. */
export class Starts {
  readonly #options: StartsOptions;

  constructor(options: StartsOptions) {
    this.#options = options;
  }

  /**
   * Idempotent while the execution runs: the same name with the same input is the same execution.
   * Throws an ApiError for what StartExecution would refuse.
   */
  plan({ stateMachineArn, name, input }: StartRequest): StartPlan {
    const { store, home, newId, payloadBytes } = this.#options;
    const machine = findMachine(store, stateMachineArn);
    if (name !== undefined && !isValidName(name)) {
      throw refuse('InvalidName', name);
    }
    if (machine.status === 'DELETING') {
      throw refuse('StateMachineDeleting', machine.arn);
    }
    const checked = checkInput(input, payloadBytes);
    const executionName = name ?? newId();
    const arn = makeExecutionArn(home, machine.name, executionName);
    const existing = store.executions.find(arn);
    if (existing === undefined) {
      return { kind: 'new', ...this.#describe(machine, { arn, name: executionName, input: checked }) };
    }
    if (existing.status === 'RUNNING' && existing.input === checked) {
      return { kind: 'existing', execution: existing };
    }
    throw refuse('ExecutionAlreadyExists', arn);
  }

  #describe(machine: Machine, start: { arn: string; name: string; input: string }): NewStart {
    const { library, clock } = this.#options;
    const { startAt, timeoutSeconds } = library.get(machine.definitionHash);
    const startedAt = clock();
    const milliseconds = Math.min(
      (timeoutSeconds ?? Number.POSITIVE_INFINITY) * 1000,
      MAX_EXECUTION_MILLISECONDS,
    );
    const execution: NewExecution = {
      ...start,
      machineArn: machine.arn,
      machineName: machine.name,
      roleArn: machine.roleArn,
      definitionHash: machine.definitionHash,
      revisionId: machine.revisionId,
      machineUpdatedAt: machine.updatedAt,
      startedAt,
      timesOutAt: startedAt + milliseconds,
      mapRunArn: null,
      position: null,
      itemCount: null,
    };
    return { execution, startAt };
  }
}
