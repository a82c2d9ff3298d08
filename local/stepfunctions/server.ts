import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { InvokeFunction, LocalClock, LocalService } from '../services.ts';
import { type StartTimer, startNodeTimer } from './alarm.ts';
import { type Authenticate, createApiServer } from './api/http.ts';
import type { Service } from './api/operation.ts';
import { isValidName } from './arns.ts';
import type { OpenObjects } from './distributed/objects.ts';
import { Executor } from './executor.ts';
import type { PutEvents } from './integrations.ts';
import { MachineLibrary } from './machine-library.ts';
import { Machines } from './machines.ts';
import { MapRunWork } from './map-run-work.ts';
import type { FindRefusal } from './role-access.ts';
import { Starts } from './starts.ts';
import { describeStatusChange } from './status-event.ts';
import { type DeliverEvent, StatusOutbox } from './status-outbox.ts';
import { Store } from './store/store.ts';
import { TurnTaker } from './turn-taker.ts';

export interface StepFunctionsOptions {
  /** Folder of the store, which holds state machines, executions and their histories. */
  readonly directory: string;
  readonly region: string;
  readonly accountId: string;
  readonly invoke: InvokeFunction;
  /** Without it, state machines that use events:putEvents are refused. */
  readonly putEvents?: PutEvents;
  /**
   * S3 with the rights of a role. Without it, state machines with an ItemReader or a ResultWriter to S3 are
   * refused.
   */
  readonly objects?: OpenObjects;
  /** What the roles of state machines may do. Without it, everything. */
  readonly findRefusal?: FindRefusal;
  /**
   * Called for each status change of an execution until it resolves, in the order of the changes. Events are
   * stored with the change they report and survive a crash; one may come twice.
   */
  readonly onEvent?: DeliverEvent;
  /** Called when a task was handed over to somebody who will answer with its token. */
  readonly onHandedOver?: () => void;
  /** 0 or absent: any free port of the loopback interface. */
  readonly port?: number;
  readonly authenticate?: Authenticate;
  readonly clock?: LocalClock;
  readonly startTimer?: StartTimer;
  readonly random?: () => number;
  readonly ids?: () => string;
  readonly limits?: Partial<ServiceLimits>;
}

interface ServiceLimits {
  /** AWS's own is 262,144. */
  readonly payloadBytes: number;
  /** AWS's own is 25,000. */
  readonly historyEvents: number;
  /** Of one result file of a Map run. AWS writes larger ones; a reader goes by the manifest anyway. */
  readonly resultFileBytes: number;
}

const LIMITS: ServiceLimits = {
  payloadBytes: 262_144,
  historyEvents: 25_000,
  resultFileBytes: 64 * 2 ** 20,
};

export interface LocalStepFunctions extends LocalService {
  /**
   * Creates or replaces a state machine and returns its ARN: what the template says wins over what the API
   * made of it. Running executions keep the definition they were started with. Throws InvalidDefinition,
   * naming the field and its path, for what AWS would refuse and for what is not supported here.
   */
  putStateMachine(machine: { name: string; definition: string; roleArn: string }): string;
  /** As the API's StartExecution, and with its errors. */
  startExecution(
    stateMachineArn: string,
    name: string | undefined,
    input: string,
  ): { executionArn: string; startedAt: number };
}

/** Opens the store, goes on with the executions that were running, and serves the API on loopback. */
export async function startStepFunctions(options: StepFunctionsOptions): Promise<LocalStepFunctions> {
  const { service, outbox } = openService(options);
  const { store, executor, machines } = service;
  const server = createApiServer(service, options.authenticate);
  await listen(server, options.port ?? 0);
  executor.resume();
  outbox?.wake();

  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    putStateMachine(machine) {
      if (!isValidName(machine.name)) {
        throw new Error(
          `'${machine.name}' is not a name for a state machine: use at most 80 plain characters`,
        );
      }
      return machines.put(machine);
    },
    startExecution(stateMachineArn, name, input) {
      const { arn, startedAt } = executor.start({ stateMachineArn, name, input });
      return { executionArn: arn, startedAt };
    },
    async close() {
      // Requests under way are answered first: what was acknowledged must be stored.
      await closeServer(server);
      await executor.close();
      outbox?.close();
      store.close();
    },
  };
}

function openService(options: StepFunctionsOptions): { service: Service; outbox: StatusOutbox | undefined } {
  const { invoke, putEvents, objects, findRefusal, onEvent } = options;
  const home = { region: options.region, accountId: options.accountId };
  const clock = options.clock ?? Date.now;
  const newId = options.ids ?? randomUUID;
  const limits = { ...LIMITS, ...options.limits };
  const store = new Store(
    options.directory,
    onEvent && ((execution) => describeStatusChange(execution, home, newId())),
  );
  const outbox = onEvent && new StatusOutbox(store.statusEvents, onEvent);
  const integrations = { hasPutEvents: putEvents !== undefined, hasObjects: objects !== undefined };
  const library = new MachineLibrary(store.machines, integrations);
  const basics = { store, library, home, clock, newId };
  const starts = new Starts({ ...basics, payloadBytes: limits.payloadBytes });
  const environment = { now: clock, random: options.random ?? Math.random, newId };
  const executor = new Executor({
    store,
    starts,
    turns: new TurnTaker(store, { home, limits, environment, library, starts, findRefusal }),
    connections: {
      invoke,
      home,
      newId,
      ...(putEvents && { putEvents }),
      ...(findRefusal && { findRefusal }),
    },
    work: new MapRunWork({ store, home, openObjects: objects, resultFileBytes: limits.resultFileBytes }),
    clock,
    startTimer: options.startTimer ?? startNodeTimer,
    onCommit: () => outbox?.wake(),
    onHandedOver: options.onHandedOver ?? (() => {}),
  });
  const machines = new Machines(basics);
  return { service: { store, executor, machines, library, payloadBytes: limits.payloadBytes }, outbox };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error === undefined ? resolve() : reject(error)));
    server.closeIdleConnections();
  });
}
