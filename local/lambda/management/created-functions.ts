import { createHash, randomUUID } from 'node:crypto';
import {
  type CreatedFunction,
  type CreatedFunctionEnvironment,
  type EventInvokeConfig,
  settingsOf,
} from '../created-function.ts';
import { codeStorageExceeded, invalidParameter, resourceConflict, revisionMismatch } from '../errors.ts';
import type { DeployedFunction } from '../function-registry.ts';
import type { FunctionRunner } from '../function-runner.ts';
import { CODE_STORAGE_BYTES } from '../limits.ts';
import type { LambdaService } from '../service.ts';
import { unzipCode } from '../unzip-code.ts';
import type { CreationSettings, SettingsUpdate } from './settings.ts';

export interface CreatedFunctionsOptions {
  readonly environmentOf: CreatedFunctionEnvironment;
  /** All packages together. Default: Lambda's 75 GB. */
  readonly codeStorageBytes?: number;
}

/** The functions that are made and changed through the API: stored first, then deployed. */
export class CreatedFunctions {
  readonly #service: LambdaService;
  readonly #options: CreatedFunctionsOptions;
  /** Changes are made one after another: each reads what it changes. */
  #lastChange: Promise<unknown> = Promise.resolve();

  constructor(service: LambdaService, options: CreatedFunctionsOptions) {
    this.#service = service;
    this.#options = options;
  }

  /** Deploys what is stored. A function of the template hides one of the same name, which stays stored. */
  async load(): Promise<void> {
    const { store, registry } = this.#service;
    for (const created of store.functions()) {
      if (registry.get(created.name) === undefined) await this.#deploy(created, store.codeOf(created.name));
    }
  }

  /** Bytes of all packages. */
  get codeBytes(): number {
    return this.#service.store.functions().reduce((sum, { codeBytes }) => sum + codeBytes, 0);
  }

  get codeStorageBytes(): number {
    return this.#options.codeStorageBytes ?? CODE_STORAGE_BYTES;
  }

  create(name: string, settings: CreationSettings, code: Uint8Array): Promise<DeployedFunction> {
    return this.#change(async () => {
      if (this.#isTaken(name)) throw resourceConflict(`Function already exist: ${name}`);
      this.#checkStorage(code.length);
      const created = { name, settings, ...describeCode(code), ...newRevision() };
      return this.#deploy(created, code, () => this.#service.store.insertFunction(created, code));
    });
  }

  updateCode(name: string, code: Uint8Array, change: CodeChange): Promise<DeployedFunction> {
    return this.#change(async () => {
      const { created } = this.#findCreated(name, change.revisionId);
      this.#checkStorage(code.length - created.codeBytes);
      const settings = change.architectures
        ? { ...created.settings, Architectures: [...change.architectures] }
        : created.settings;
      const updated = { ...created, settings, ...describeCode(code), ...newRevision() };
      if (change.isDryRun) {
        unzipCode(code);
        return { ...this.#service.registry.find(name), created: updated };
      }
      return this.#deploy(updated, code, () => this.#service.store.updateFunction(updated, code));
    });
  }

  updateSettings(name: string, update: SettingsUpdate, revisionId?: string): Promise<DeployedFunction> {
    return this.#change(async () => {
      const { created } = this.#findCreated(name, revisionId);
      const settings: CreationSettings = Object.assign({}, created.settings, update);
      const updated = { ...created, settings, ...newRevision() };
      const { store } = this.#service;
      return this.#deploy(updated, store.codeOf(name), () => store.updateFunction(updated));
    });
  }

  setReservedConcurrency(name: string, reserved: number | undefined): Promise<void> {
    return this.#change(async () => {
      const { created } = this.#findCreated(name);
      this.#checkReservation(created, reserved ?? 0);
      const { reservedConcurrency: _, ...rest } = created;
      this.#reconfigure(reserved === undefined ? rest : { ...rest, reservedConcurrency: reserved });
    });
  }

  setEventInvokeConfig(name: string, config: EventInvokeConfig | undefined): Promise<void> {
    return this.#change(async () => {
      const { created } = this.#findCreated(name);
      const { eventInvokeConfig: _, ...rest } = created;
      this.#reconfigure(config === undefined ? rest : { ...rest, eventInvokeConfig: config });
    });
  }

  remove(name: string): Promise<void> {
    return this.#change(async () => {
      this.#findCreated(name);
      const { registry, store } = this.#service;
      const { runner } = registry.find(name);
      store.deleteFunction(name);
      registry.delete(name);
      void this.#retire(runner);
    });
  }

  async #change<Result>(make: () => Promise<Result>): Promise<Result> {
    const change = this.#lastChange.then(make);
    this.#lastChange = change.catch(() => undefined);
    return change;
  }

  /** Unpacks first, so that a package that cannot be used changes nothing; then stores; then lets it run. */
  async #deploy(created: CreatedFunction, code: Uint8Array, store = () => {}): Promise<DeployedFunction> {
    const service = this.#service;
    const taskRoot = await service.deployment.write(unzipCode(code));
    store();
    const settings = this.#settingsOf(created);
    const deployed = { settings, created, runner: service.createRunner(settings, taskRoot) };
    const before = service.registry.get(created.name);
    service.registry.put(deployed);
    if (before !== undefined) void this.#retire(before.runner);
    return deployed;
  }

  async #retire(runner: FunctionRunner): Promise<void> {
    await this.#service.retire(runner);
    await this.#service.deployment.remove(runner.taskRoot);
  }

  /** Settings around the function: its environments stay. */
  #reconfigure(created: CreatedFunction): void {
    const { registry, store } = this.#service;
    store.updateFunction(created);
    registry.put({ ...registry.find(created.name), created, settings: this.#settingsOf(created) });
  }

  #settingsOf(created: CreatedFunction) {
    return settingsOf(created, this.#service.registry.arnOf(created.name), this.#options.environmentOf);
  }

  #findCreated(name: string, revisionId?: string): { readonly created: CreatedFunction } {
    const { created } = this.#service.registry.find(name);
    if (created === undefined) {
      throw resourceConflict(`The function ${name} is one of the template: change it there and start again.`);
    }
    if (revisionId !== undefined && revisionId !== created.revisionId) throw revisionMismatch();
    return { created };
  }

  /** Also by a stored function that one of the template hides. */
  #isTaken(name: string): boolean {
    const { registry, store } = this.#service;
    return registry.get(name) !== undefined || store.functions().some((each) => each.name === name);
  }

  #checkStorage(addedBytes: number): void {
    if (this.codeBytes + addedBytes > this.codeStorageBytes) throw codeStorageExceeded();
  }

  /** Something must be left for the functions without a reservation. */
  #checkReservation({ reservedConcurrency = 0 }: CreatedFunction, wanted: number): void {
    if (this.#service.concurrency.unreserved + reservedConcurrency - wanted >= 1) return;
    throw invalidParameter(
      "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [1].",
    );
  }
}

interface CodeChange {
  readonly revisionId?: string | undefined;
  readonly architectures?: CreationSettings['Architectures'] | undefined;
  /** Checks, and changes nothing. */
  readonly isDryRun: boolean;
}

function describeCode(code: Uint8Array) {
  return { codeSha256: createHash('sha256').update(code).digest('base64'), codeBytes: code.length };
}

function newRevision() {
  return { lastModified: new Date().toISOString(), revisionId: randomUUID() };
}
