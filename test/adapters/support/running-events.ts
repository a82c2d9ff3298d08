import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { startEvents } from '../../../local/events/server.ts';
import type { EventEnvelope } from '../../../local/services.ts';

export const busName = 'holdfast-events';

export interface RunningEvents {
  readonly client: EventBridgeClient;
  /** What a rule for everything from this service delivered, once there are so many. */
  envelopes(count: number): Promise<readonly EventEnvelope[]>;
  close(): Promise<void>;
}

/** An EventBridge of its own with one bus. */
export async function runEvents(): Promise<RunningEvents> {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-events-'));
  const account = { region: 'eu-central-1', accountId: '111122223333' };
  const envelopes: EventEnvelope[] = [];
  const arrival = new EventTarget();
  const unused = () => {
    throw new Error('the rule has a function as target only');
  };
  const service = await startEvents({
    directory,
    ...account,
    busNames: [busName],
    rules: [
      {
        name: 'everything',
        arn: 'arn:aws:events:eu-central-1:111122223333:rule/holdfast-events/everything',
        busName,
        isEnabled: true,
        eventPattern: JSON.stringify({ source: ['holdfast'] }),
        targets: [
          {
            Id: 'test',
            Arn: 'arn:aws:lambda:eu-central-1:111122223333:function:receive',
            RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 },
          },
        ],
      },
    ],
    schedules: [],
    invokeAsync: async (_, payload) => {
      envelopes.push(JSON.parse(payload) as EventEnvelope);
      arrival.dispatchEvent(new Event('arrived'));
    },
    ...{ startExecution: unused, sendMessage: unused, publish: unused },
  });
  const client = new EventBridgeClient({
    endpoint: service.endpoint,
    region: account.region,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  return {
    client,
    async envelopes(count) {
      while (envelopes.length < count) {
        await new Promise((resolve) => arrival.addEventListener('arrived', resolve, { once: true }));
      }
      return envelopes;
    },
    async close() {
      client.destroy();
      await service.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
