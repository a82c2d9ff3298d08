import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  type DescribeExecutionOutput,
  type HistoryEvent,
  paginateGetExecutionHistory,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { type StepFunctionsOptions, startStepFunctions } from '../../../local/stepfunctions/server.ts';
import { type Handler, invokeWith } from './handlers.ts';
import { ManualTime } from './manual-time.ts';

export const ROLE_ARN = process.env.HOLDFAST_SFN_ROLE ?? 'arn:aws:iam::000000000000:role/step-functions';

/** Polls until the probe finds something. Fails the test with what it waited for. */
export async function until<Found>(
  what: string,
  probe: () => Promise<Found | undefined | false> | Found | undefined | false,
): Promise<Found> {
  const deadline = performance.now() + 20_000;
  while (performance.now() < deadline) {
    const found = await probe();
    if (found !== undefined && found !== false) {
      return found;
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`Waited in vain for: ${what}`);
}

export function createClient(endpoint: string): SFNClient {
  return new SFNClient({
    endpoint,
    region: process.env.AWS_REGION ?? 'eu-central-1',
    maxAttempts: 1,
    ...(endpoint.includes('127.0.0.1') && {
      credentials: { accessKeyId: 'AKIDLOCAL', secretAccessKey: 'secret' },
      // StartSyncExecution and TestState have a host of their own on AWS.
      disableHostPrefix: true,
    }),
  });
}

/** What a test does with state machines, wherever they run. */
export class Workflows {
  readonly client: SFNClient;
  readonly #create: (name: string, definition: string) => Promise<string>;
  #created = 0;

  constructor(client: SFNClient, create: (name: string, definition: string) => Promise<string>) {
    this.client = client;
    this.#create = create;
  }

  /** Creates a state machine from its states, the first of which it starts at. */
  create(states: Record<string, object>, header: object = {}): Promise<string> {
    const [StartAt] = Object.keys(states);
    const definition = { QueryLanguage: 'JSONata', StartAt, States: states, ...header };
    this.#created++;
    return this.#create(`machine-${Date.now()}-${this.#created}`, JSON.stringify(definition));
  }

  async start(stateMachineArn: string, input: unknown = {}): Promise<string> {
    const command = new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) });
    const { executionArn } = await this.client.send(command);
    return executionArn ?? '';
  }

  describe(executionArn: string): Promise<DescribeExecutionOutput> {
    return this.client.send(new DescribeExecutionCommand({ executionArn }));
  }

  ended(executionArn: string): Promise<DescribeExecutionOutput> {
    return until(`the end of ${executionArn}`, async () => {
      const execution = await this.describe(executionArn);
      return execution.status !== 'RUNNING' && execution;
    });
  }

  /** Creates, starts and waits: for state machines that need no help to end. */
  async run(states: Record<string, object>, input: unknown = {}): Promise<DescribeExecutionOutput> {
    return this.ended(await this.start(await this.create(states), input));
  }

  /** As `run`, and gives the output of an execution that must succeed. */
  async output(states: Record<string, object>, input: unknown = {}): Promise<unknown> {
    const execution = await this.run(states, input);
    if (execution.output === undefined) {
      throw new Error(`${execution.status}: ${execution.error} ${execution.cause}`);
    }
    return JSON.parse(execution.output);
  }

  async history(executionArn: string): Promise<HistoryEvent[]> {
    const events: HistoryEvent[] = [];
    for await (const page of paginateGetExecutionHistory({ client: this.client }, { executionArn })) {
      events.push(...(page.events ?? []));
    }
    return events;
  }

  async eventTypes(executionArn: string): Promise<(string | undefined)[]> {
    return (await this.history(executionArn)).map((event) => event.type);
  }

  /** Waits until the history holds so many events of this type. */
  reached(executionArn: string, type: string, times = 1): Promise<HistoryEvent> {
    return until(`${times} x ${type} in ${executionArn}`, async () => {
      const events = (await this.history(executionArn)).filter((event) => event.type === type);
      return events.length >= times && events.at(-1);
    });
  }
}

type LocalOptions = Partial<Omit<StepFunctionsOptions, 'directory'>> & {
  readonly functions?: Record<string, Handler>;
};

/** Starts a local service for one test; it ends with `await using`. */
export async function openLocal(options: LocalOptions = {}): Promise<TestService> {
  const service = new TestService(options);
  await service.open();
  return service;
}

/** A service whose clock, timers and functions are under the test's control. */
export class TestService implements AsyncDisposable {
  readonly time = new ManualTime();
  readonly directory = mkdtempSync(join(tmpdir(), 'holdfast-stepfunctions-'));
  readonly #options: LocalOptions;
  #service: Awaited<ReturnType<typeof startStepFunctions>> | undefined;
  #workflows: Workflows | undefined;

  constructor(options: LocalOptions) {
    this.#options = options;
  }

  get workflows(): Workflows {
    if (this.#workflows === undefined) {
      throw new Error('The service is not open');
    }
    return this.#workflows;
  }

  get service(): Awaited<ReturnType<typeof startStepFunctions>> {
    if (this.#service === undefined) {
      throw new Error('The service is not open');
    }
    return this.#service;
  }

  async open(): Promise<void> {
    const { functions = {}, ...options } = this.#options;
    const service = await startStepFunctions({
      region: 'eu-central-1',
      accountId: '000000000000',
      clock: this.time.clock,
      startTimer: this.time.startTimer,
      invoke: invokeWith(functions),
      ...options,
      directory: this.directory,
    });
    this.#service = service;
    this.#workflows = new Workflows(createClient(service.endpoint), async (name, definition) =>
      service.putStateMachine({ name, definition, roleArn: ROLE_ARN }),
    );
  }

  async restart(): Promise<void> {
    await this.#close();
    await this.open();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
    rmSync(this.directory, { recursive: true });
  }

  async #close(): Promise<void> {
    this.workflows.client.destroy();
    await this.service.close();
  }
}

/**
 * Where the contract suites run: a local service, or with HOLDFAST_SFN_ENDPOINT any other Step Functions API
 * (with HOLDFAST_SFN_ROLE as the role of its state machines). These suites use no Lambda functions.
 */
export interface ContractTarget extends AsyncDisposable {
  readonly workflows: Workflows;
  /** Lets time pass: at once on a local service, really elsewhere. */
  pass(seconds: number): Promise<void>;
}

export async function openContractTarget(): Promise<ContractTarget> {
  const endpoint = process.env.HOLDFAST_SFN_ENDPOINT;
  if (endpoint !== undefined) {
    return openRemote(endpoint);
  }
  const local = await openLocal();
  return {
    workflows: local.workflows,
    pass: async (seconds) => local.time.advance(seconds),
    [Symbol.asyncDispose]: () => local[Symbol.asyncDispose](),
  };
}

function openRemote(endpoint: string): ContractTarget {
  const client = createClient(endpoint);
  const workflows = new Workflows(client, async (name, definition) => {
    const command = new CreateStateMachineCommand({ name, definition, roleArn: ROLE_ARN });
    return (await client.send(command)).stateMachineArn ?? '';
  });
  return {
    workflows,
    pass: (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000)),
    [Symbol.asyncDispose]: async () => client.destroy(),
  };
}
