import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { onTestFinished } from 'vitest';
import type { RuleTarget } from '../../../local/events/configuration.ts';
import { type EventsOptions, type LocalEvents, startEvents } from '../../../local/events/server.ts';
import type { InvocationResult } from '../../../local/services.ts';

export const REGION = 'eu-central-1';
export const ACCOUNT = '123456789012';
export const FUNCTION_ARN = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:worker`;
export const MACHINE_ARN = `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:retention`;
export const DLQ_ARN = `arn:aws:sqs:${REGION}:${ACCOUNT}:dead`;

export const target = (overrides: Partial<RuleTarget> = {}): RuleTarget => ({
  id: 'Target0',
  arn: FUNCTION_ARN,
  retryPolicy: { maximumRetryAttempts: 2, maximumEventAgeSeconds: 3_600, deadLetterQueueArn: DLQ_ARN },
  functionRetryPolicy: {
    maximumRetryAttempts: 1,
    maximumEventAgeSeconds: 3_600,
    deadLetterQueueArn: DLQ_ARN,
  },
  ...overrides,
});

export interface EventsUnderTest {
  readonly client: EventBridgeClient;
  readonly events: LocalEvents;
  /** What targets received: payloads of functions, `name: input` of executions. */
  readonly received: string[];
  /** Answers of the function, used up one by one; then it succeeds. An Error rejects: it was not run. */
  readonly answers: (InvocationResult | Error)[];
  /** Moves the clock and lets everything happen that is due then. */
  advance(ms: number): Promise<void>;
  /** Ends the server, as a crash would: nothing under way is waited for. */
  restart(changes?: Partial<EventsOptions>): Promise<void>;
}

/** EventBridge in a temporary folder with a clock that stands still and a function that records its payloads. */
export const runEvents = async (options: Partial<EventsOptions>): Promise<EventsUnderTest> => {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-events-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  let nowMs = Date.parse('2026-11-21T10:00:00Z');
  const received: string[] = [];
  const answers: (InvocationResult | Error)[] = [];
  const start = (changes: Partial<EventsOptions> = {}): Promise<LocalEvents> =>
    startEvents({
      ...{ directory, region: REGION, accountId: ACCOUNT, rules: [], schedules: [], clock: () => nowMs },
      invoke: async (_, payload) => {
        received.push(payload);
        const answer = answers.shift() ?? { payload: 'null' };
        if (answer instanceof Error) throw answer;
        return answer;
      },
      startExecution: (_, name, input) => {
        received.push(`${name}: ${input}`);
      },
      ...options,
      ...changes,
    });
  let events = await start();
  const newClient = () =>
    new EventBridgeClient({
      ...{ endpoint: events.endpoint, region: REGION, maxAttempts: 1 },
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
  let client = newClient();
  onTestFinished(async () => {
    client.destroy();
    await events.close();
  });
  return {
    received,
    answers,
    get client() {
      return client;
    },
    get events() {
      return events;
    },
    advance: async (ms) => {
      nowMs += ms;
      events.wake();
      // Calls of targets settle in a few turns of the event loop: none of them does I/O here.
      for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
    },
    restart: async (changes) => {
      await events.close();
      events = await start(changes);
      client = newClient();
    },
  };
};
