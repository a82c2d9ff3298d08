import { type CatalogState, emptyState } from '../../shared/adapters/memory/catalog/state.ts';
import { createMemoryCatalog } from '../../shared/adapters/memory/catalog.ts';
import { createRecordingEvents } from '../../shared/adapters/memory/events.ts';
import { createMemoryVault, type MemoryVault } from '../../shared/adapters/memory/vault.ts';
import { type Instant, toInstant } from '../../shared/domain/instant.ts';
import type { LockSettings } from '../../shared/domain/lock.ts';
import type { Catalog } from '../../shared/ports/catalog.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Ids } from '../../shared/ports/ids.ts';
import type { Workflows } from '../../shared/ports/workflows.ts';
import { countingIds } from './ids.ts';
import type { Mutant } from './mutants.ts';
import { checkChange } from './point-changes.ts';
import { createRandom, type Random } from './random.ts';
import { Scheduler, type Task } from './scheduler.ts';
import { lagging, stepping, type TaskPorts } from './task-ports.ts';
import { Truth } from './truth.ts';

/** What a seed decides on before anything happens. */
export interface Climate {
  readonly crashes: number;
  readonly delays: number;
  readonly duplicates: number;
  readonly lag: number;
  readonly lostEvents: number;
  /** As the vault was deployed: most have none. */
  readonly lock: LockSettings | undefined;
}

const start = Date.UTC(2026, 0, 29, 21);
/** So many earlier states of the catalog can be shown by an index that is behind. */
const keptStates = 6;

/** The service and everything around it, on memory adapters. */
export class World {
  readonly random: Random;
  readonly scheduler: Scheduler;
  readonly climate: Climate;
  readonly truth: Truth;
  readonly #workflows: Workflows;
  /** Without steps: for looking. */
  readonly vault: MemoryVault;
  readonly state: CatalogState = emptyState();
  readonly #present = createMemoryCatalog(this.state);
  /** Copies of the catalog from earlier, as a careless hand might put back. */
  readonly backups: CatalogState[] = [];
  /** Milliseconds that the service's clock is ahead of the true time. */
  skew = 0;
  /**
   * Of what works by itself, which may be years off for a while: such a clock must delete nothing. (Where people and gateways
   * wait for an answer it is minutes: a lease that was given until 2036 would last, which is no loss, but no life either.)
   */
  skewOfSchedules = 0;
  /** When a mount came to a database, by their ids. */
  readonly databaseSince = new Map<string, number>();
  isDraining = false;
  hasEnded = false;
  readonly #ids = countingIds();
  readonly #mutant: Mutant | undefined;
  #older: CatalogState[] = [];

  constructor(seed: number, workflowsOf: (world: World) => Workflows, mutant?: Mutant) {
    this.random = createRandom(seed);
    this.#mutant = mutant;
    this.scheduler = new Scheduler(this.random, start);
    this.climate = chooseClimate(this.random);
    this.scheduler.weather = this.climate;
    this.vault = createMemoryVault({ clock: { now: () => toInstant(this.scheduler.now) } });
    this.truth = new Truth(this);
    this.#workflows = workflowsOf(this);
    this.scheduler.afterCall = (task, method) => this.#look(task, method);
  }

  readonly serviceClock: Clock = { now: () => toInstant(this.scheduler.now + this.skew) };

  readonly #scheduleClock: Clock = {
    now: () => toInstant(this.scheduler.now + this.skew + this.skewOfSchedules),
  };

  /** The store's clock is nobody's business: it may be off by days. */
  storeTime(skewMillis: number): Instant {
    return toInstant(this.scheduler.now + skewMillis);
  }

  portsOf(task: Task): TaskPorts {
    const catalog = lagging(this.#present, () => this.olderCatalog());
    const ports = {
      catalog: stepping(task, catalog, 'catalog.'),
      vault: stepping(task, this.truth.watchVault(this.vault), 'vault.'),
      workflows: stepping(task, this.#workflows, 'workflows.'),
      events: stepping(task, createRecordingEvents(), 'events.'),
      clock: task.isScheduled ? this.#scheduleClock : this.serviceClock,
      ids: this.#ids,
    };
    return this.#mutant?.break(ports, this) ?? ports;
  }

  /** The same without steps: all of a task at one moment. */
  portsAtOnce(task: Task): TaskPorts {
    const ports = {
      ...{ catalog: this.presentCatalog(), vault: this.truth.watchVault(this.vault) },
      ...{ workflows: this.#workflows, events: createRecordingEvents(), ids: this.#ids },
      clock: task.isScheduled ? this.#scheduleClock : this.serviceClock,
    };
    return this.#mutant?.break(ports, this) ?? ports;
  }

  copyOfState(): CatalogState {
    return copyOf(this.state);
  }

  /** What runs now goes on with this catalog. */
  putStateBack(copy: CatalogState): void {
    const { state } = this;
    for (const name of Object.keys(state) as (keyof CatalogState)[]) {
      const [present, earlier] = [state[name], copyOf(copy)[name]];
      if (!(present instanceof Map && earlier instanceof Map)) continue;
      present.clear();
      for (const [key, row] of earlier) (present as Map<unknown, unknown>).set(key, row);
    }
    state.jobIds = copy.jobIds;
    this.#older = [];
  }

  /** What an index that is behind shows; undefined when it is not. */
  olderCatalog(): Catalog | undefined {
    if (this.isDraining || !this.random.chance(this.climate.lag)) return undefined;
    const older = this.random.pick(this.#older);
    return older && createMemoryCatalog(older);
  }

  /** Without steps. */
  presentCatalog(): Catalog {
    return this.#present;
  }

  get ids(): Ids {
    return this.#ids;
  }

  #noteDatabases(): void {
    for (const { databaseId, mountIds } of this.state.databases.values()) {
      for (const mountId of mountIds) {
        const name = `${databaseId} ${mountId}`;
        if (!this.databaseSince.has(name)) this.databaseSince.set(name, this.scheduler.now);
      }
    }
  }

  async #look(task: Task, method: string): Promise<void> {
    if (isRead(method)) return;
    if (method.startsWith('catalog.')) {
      if (this.scheduler.steps % 50 === 0) this.backups.push(copyOf(this.state));
      if (this.scheduler.steps % 3 === 0)
        this.#older = [...this.#older.slice(1 - keptStates), copyOf(this.state)];
    }
    if (method === 'catalog.databases.note') this.#noteDatabases();
    const cause = `${task.name} called ${method}`;
    this.truth.check(cause);
    for (const change of this.truth.takeChanges()) await checkChange(this, change, cause);
    if (method === 'catalog.outbox.markStored' && this.random.chance(0.1))
      await this.truth.compareWithVault(cause);
  }
}

const isRead = (method: string): boolean =>
  /\.(find\w*|list\w*|pins|pending|commandsFor|points|head|read|lockOf|heartbeat|publish|\w*[nN]eighbours\w*)$/.test(
    method,
  );

/** Rows are replaced, never changed in place: copies of the maps are enough, but for the sets of pins. */
const copyOf = (state: CatalogState): CatalogState => ({
  ...(Object.fromEntries(
    Object.entries(state).map(([name, value]) => [name, value instanceof Map ? new Map(value) : value]),
  ) as unknown as CatalogState),
  pins: new Map([...state.pins].map(([id, pins]) => [id, new Set(pins)])),
});

const chooseClimate = (random: Random): Climate => ({
  crashes: random.pick([0, 0.004, 0.02]),
  delays: random.pick([0, 0.02, 0.06]),
  duplicates: random.pick([0, 0.1, 0.3]),
  lag: random.pick([0, 0.5]),
  lostEvents: random.pick([0.1, 0.6]),
  lock: random.chance(0.2) ? { mode: 'compliance', days: random.pick([1, 9]) } : undefined,
});
