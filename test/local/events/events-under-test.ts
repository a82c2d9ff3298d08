import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { onTestFinished } from 'vitest';
import type { RuleConfig, RuleTarget } from '../../../local/events/configuration.ts';
import { type EventsOptions, type LocalEvents, startEvents } from '../../../local/events/server.ts';
import type { MessageAttributes } from '../../../local/sqs/message-attributes.ts';

export const REGION = 'eu-central-1';
export const ACCOUNT = '123456789012';
export const FUNCTION_ARN = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:worker`;
export const MACHINE_ARN = `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:retention`;
export const QUEUE_ARN = `arn:aws:sqs:${REGION}:${ACCOUNT}:work`;
export const TOPIC_ARN = `arn:aws:sns:${REGION}:${ACCOUNT}:news`;
export const DLQ_ARN = `arn:aws:sqs:${REGION}:${ACCOUNT}:dead`;
export const ROLE_ARN = `arn:aws:iam::${ACCOUNT}:role/caller`;

export const MINUTE = 60_000;

export const target = (overrides: Partial<RuleTarget> = {}): RuleTarget => ({
  Id: 'Target0',
  Arn: FUNCTION_ARN,
  RetryPolicy: { MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 3_600 },
  DeadLetterConfig: { Arn: DLQ_ARN },
  ...overrides,
});

export const rule = (overrides: Partial<RuleConfig> = {}): RuleConfig => ({
  name: 'announce',
  arn: `arn:aws:events:${REGION}:${ACCOUNT}:rule/announce`,
  busName: 'default',
  isEnabled: true,
  eventPattern: '{"source":["holdfast"]}',
  targets: [target()],
  ...overrides,
});

/** An error as services throw it. */
export const named = (name: string, message = 'no'): Error => Object.assign(new Error(message), { name });

export interface EventsUnderTest {
  readonly client: EventBridgeClient;
  readonly scheduler: SchedulerClient;
  readonly events: LocalEvents;
  /** What targets received: payloads of functions, `name: input` of executions, bodies of queues and topics. */
  readonly received: string[];
  readonly deadLetters: { readonly body: string; readonly attributes: Record<string, string | undefined> }[];
  /** What the next calls of a target fail with, used up one by one; undefined lets one succeed. */
  readonly failures: (Error | undefined)[];
  now(): number;
  /** Moves the clock and lets everything happen that is due then. */
  advance(ms: number): Promise<void>;
  /** Ends the server, as a crash would: nothing under way is waited for. */
  restart(changes?: Partial<EventsOptions>): Promise<void>;
}

const textsOf = (attributes: MessageAttributes) =>
  Object.fromEntries(Object.entries(attributes).map(([name, { StringValue }]) => [name, StringValue]));

/** EventBridge and Scheduler in a temporary folder, with a clock that stands still and targets that record. */
export const runEvents = async (options: Partial<EventsOptions> = {}): Promise<EventsUnderTest> => {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-events-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  let nowMs = Date.parse('2026-11-21T10:00:00Z');
  const received: string[] = [];
  const deadLetters: EventsUnderTest['deadLetters'] = [];
  const failures: (Error | undefined)[] = [];
  const receive = (text: string): void => {
    received.push(text);
    const failure = failures.shift();
    if (failure !== undefined) throw failure;
  };
  const start = (changes: Partial<EventsOptions> = {}): Promise<LocalEvents> =>
    startEvents({
      ...{ directory, region: REGION, accountId: ACCOUNT, rules: [], schedules: [], clock: () => nowMs },
      invokeAsync: async (_, payload) => receive(payload),
      startExecution: (_, name, input) => receive(`${name}: ${input}`),
      sendMessage: ({ queueArn, body, attributes }) =>
        queueArn === DLQ_ARN
          ? void deadLetters.push({ body, attributes: textsOf(attributes) })
          : receive(body),
      publish: ({ body }) => receive(body),
      ...options,
      ...changes,
    });
  let events = await start();
  const clientOptions = {
    ...{ region: REGION, maxAttempts: 1 },
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  const newClients = () => ({
    client: new EventBridgeClient({ ...clientOptions, endpoint: events.endpoint }),
    scheduler: new SchedulerClient({ ...clientOptions, endpoint: events.schedulerEndpoint }),
  });
  let clients = newClients();
  onTestFinished(async () => {
    clients.client.destroy();
    clients.scheduler.destroy();
    await events.close();
  });
  return {
    ...{ received, deadLetters, failures },
    get client() {
      return clients.client;
    },
    get scheduler() {
      return clients.scheduler;
    },
    get events() {
      return events;
    },
    now: () => nowMs,
    advance: async (ms) => {
      nowMs += ms;
      events.wake();
      // Calls of targets settle in a few turns of the event loop: none of them does I/O here.
      for (let turn = 0; turn < 8; turn += 1) await new Promise(setImmediate);
    },
    restart: async (changes) => {
      await events.close();
      events = await start(changes);
      clients = newClients();
    },
  };
};
