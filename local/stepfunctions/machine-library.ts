import type { StateMachine } from './definition/model.ts';
import { parseDefinition } from './definition/parse.ts';
import type { Integrations } from './definition/resource.ts';
import type { MachineStore } from './store/machine-store.ts';

/** Definitions by hash, each read once. */
export class MachineLibrary {
  readonly #machines: MachineStore;
  readonly #integrations: Integrations;
  readonly #read = new Map<string, StateMachine>();

  constructor(machines: MachineStore, integrations: Integrations) {
    this.#machines = machines;
    this.#integrations = integrations;
  }

  /** Throws InvalidDefinition for one that an earlier release took and this one refuses. */
  get(hash: string): StateMachine {
    const machine = this.#read.get(hash) ?? this.check(this.#machines.definition(hash));
    this.#read.set(hash, machine);
    return machine;
  }

  /** Throws InvalidDefinition with every problem. */
  check(definition: string): StateMachine {
    return parseDefinition(definition, this.#integrations);
  }
}
