import type { LocalClock } from '../services.ts';
import { refuse } from './api/errors.ts';
import { type Home, makeMachineArn } from './arns.ts';
import type { MachineLibrary } from './machine-library.ts';
import type { Machine, MachineSettings } from './store/machine-store.ts';
import type { Store } from './store/store.ts';

interface MachinesOptions {
  readonly store: Store;
  readonly library: MachineLibrary;
  readonly home: Home;
  readonly clock: LocalClock;
  readonly newId: () => string;
}

interface NewMachine {
  readonly name: string;
  readonly definition: string;
  readonly roleArn: string;
  readonly settings: MachineSettings;
  readonly tags: Machine['tags'];
}

/** What a template and the API do to state machines. Each method is one transaction. */
export class Machines {
  readonly #options: MachinesOptions;

  constructor(options: MachinesOptions) {
    this.#options = options;
  }

  /**
   * As the template has it: replaces definition and role of a machine with this name, whoever made it, and
   * takes back its deletion. Throws InvalidDefinition.
   */
  put({ name, definition, roleArn }: Pick<NewMachine, 'name' | 'definition' | 'roleArn'>): string {
    const { store, library, home } = this.#options;
    library.check(definition);
    const arn = makeMachineArn(home, name);
    store.transact(() => {
      const existing = store.machines.find(arn);
      if (existing === undefined) {
        this.#insert({ name, definition, roleArn, settings: {}, tags: {} });
      } else {
        this.#change({ ...existing, status: 'ACTIVE' }, { definition, roleArn });
      }
    });
    return arn;
  }

  /**
   * CreateStateMachine. Repeated with the same definition and settings it gives what is there, whatever role
   * and tags it names. Throws InvalidDefinition, or an ApiError for a name that is taken.
   */
  create(machine: NewMachine): Machine {
    const { store, library, home } = this.#options;
    library.check(machine.definition);
    return store.transact(() => {
      const existing = store.machines.find(makeMachineArn(home, machine.name));
      if (existing === undefined) {
        return this.#insert(machine);
      }
      if (existing.status === 'DELETING') {
        throw refuse('StateMachineDeleting', existing.arn);
      }
      const isEqual =
        store.machines.keepDefinition(machine.definition) === existing.definitionHash &&
        JSON.stringify(machine.settings) === JSON.stringify(existing.settings);
      if (!isEqual) {
        throw refuse('StateMachineAlreadyExists', existing.arn);
      }
      return existing;
    });
  }

  /** UpdateStateMachine. Throws InvalidDefinition. */
  update(
    machine: Machine,
    changes: { readonly definition?: string; readonly roleArn?: string; readonly settings?: MachineSettings },
  ): Machine {
    if (changes.definition !== undefined) {
      this.#options.library.check(changes.definition);
    }
    return this.#options.store.transact(() => this.#change(machine, changes));
  }

  /**
   * Without effect on one that is not there. Executions that still run end where they would enter a state.
   */
  delete(arn: string): void {
    const { store } = this.#options;
    store.transact(() => store.machines.markDeleted(arn));
  }

  setTags(machine: Machine, tags: Machine['tags']): void {
    const { store } = this.#options;
    store.transact(() => store.machines.put({ ...machine, tags }));
  }

  #insert({ name, definition, roleArn, settings, tags }: NewMachine): Machine {
    const { store, home, clock } = this.#options;
    const now = clock();
    const machine: Machine = {
      arn: makeMachineArn(home, name),
      name,
      definitionHash: store.machines.keepDefinition(definition),
      roleArn,
      createdAt: now,
      status: 'ACTIVE',
      revisionId: null,
      updatedAt: now,
      settings,
      tags,
    };
    store.machines.put(machine);
    return machine;
  }

  /** A revision is new only where something changes. */
  #change(
    machine: Machine,
    changes: { readonly definition?: string; readonly roleArn?: string; readonly settings?: MachineSettings },
  ): Machine {
    const { store, clock, newId } = this.#options;
    const definitionHash =
      changes.definition === undefined
        ? machine.definitionHash
        : store.machines.keepDefinition(changes.definition);
    const roleArn = changes.roleArn ?? machine.roleArn;
    const settings = { ...machine.settings, ...changes.settings };
    const isSame =
      definitionHash === machine.definitionHash &&
      roleArn === machine.roleArn &&
      JSON.stringify(settings) === JSON.stringify(machine.settings);
    const revision = isSame ? {} : { revisionId: newId(), updatedAt: clock() };
    const changed = { ...machine, definitionHash, roleArn, settings, ...revision };
    store.machines.put(changed);
    return changed;
  }
}
