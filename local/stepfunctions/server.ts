import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { InvokeFunction, LocalClock, LocalService } from '../services.ts';
import { type StartTimer, startNodeTimer } from './alarm.ts';
import { type Authenticate, createApiServer } from './api/http.ts';
import { type Service, startExecution } from './api/operations.ts';
import { isValidName, makeMachineArn } from './arns.ts';
import { parseDefinition } from './definition/parse.ts';
import { Executor } from './executor.ts';
import type { PutEvents } from './integrations.ts';
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
  /** 0 or absent: any free port of the loopback interface. */
  readonly port?: number;
  readonly authenticate?: Authenticate;
  readonly clock?: LocalClock;
  readonly startTimer?: StartTimer;
  readonly random?: () => number;
  readonly ids?: () => string;
  /** AWS's own are 262,144 bytes and 25,000 events. */
  readonly limits?: { readonly payloadBytes?: number; readonly historyEvents?: number };
}

export interface LocalStepFunctions extends LocalService {
  /**
   * Creates or replaces a state machine and returns its ARN. Running executions keep the definition they were
   * started with. Throws InvalidDefinition, naming the field and its path, for what AWS would refuse and for
   * what is not supported here.
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
  const home = { region: options.region, accountId: options.accountId };
  const clock = options.clock ?? Date.now;
  const newId = options.ids ?? randomUUID;
  const integrations = { hasPutEvents: options.putEvents !== undefined };
  const limits = { payloadBytes: 262_144, historyEvents: 25_000, ...options.limits };
  const store = new Store(options.directory);
  const environment = { now: clock, random: options.random ?? Math.random, newId };
  const executor = new Executor({
    store,
    turns: new TurnTaker(store, { home, limits, environment, integrations }),
    home,
    connections: {
      invoke: options.invoke,
      newId,
      ...(options.putEvents && { putEvents: options.putEvents }),
    },
    clock,
    startTimer: options.startTimer ?? startNodeTimer,
  });
  const service: Service = { store, executor, newId, payloadBytes: limits.payloadBytes };
  const server = createApiServer(service, options.authenticate);
  await listen(server, options.port ?? 0);
  executor.resume();

  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    putStateMachine({ name, definition, roleArn }) {
      if (!isValidName(name)) {
        throw new Error(`'${name}' is not a name for a state machine: use at most 80 plain characters`);
      }
      parseDefinition(definition, integrations);
      const arn = makeMachineArn(home, name);
      store.machines.put({ arn, name, roleArn, createdAt: clock() }, definition);
      return arn;
    },
    startExecution(stateMachineArn, name, input) {
      const { arn, startedAt } = startExecution(service, { stateMachineArn, name, input });
      return { executionArn: arn, startedAt };
    },
    async close() {
      // Requests under way are answered first: what was acknowledged must be stored.
      await closeServer(server);
      await executor.close();
      store.close();
    },
  };
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
