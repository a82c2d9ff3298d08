import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SQSClient } from '@aws-sdk/client-sqs';
import { expect, it, onTestFinished } from 'vitest';
import { startSqs } from '../../../local/sqs/server.ts';
import { ACCOUNT, createQueue, queueArn, REGION, receive, send } from './queues.ts';

const SERVER = new URL('../../../local/sqs/server.ts', import.meta.url).href;
const place = { region: REGION, accountId: ACCOUNT };

it('every message that was acknowledged is there after a SIGKILL, those in flight with their receipts', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-sqs-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const program = `
    import { startSqs } from ${JSON.stringify(SERVER)};
    console.log((await startSqs(${JSON.stringify({ directory, ...place })})).endpoint);
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [line] = await once(child.stdout, 'data');
  const client = new SQSClient({
    ...{ endpoint: String(line).trim(), region: REGION, maxAttempts: 1 },
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  onTestFinished(() => client.destroy());
  const url = await createQueue(client, {}, 'q');
  const sending = Array.from({ length: 20 }, (_, n) => send(client, url, `m${n}`));
  await Promise.all(sending);
  const inFlight = await receive(client, url, { MaxNumberOfMessages: 1 });

  child.kill('SIGKILL');
  await once(child, 'exit');
  const sqs = await startSqs({ directory, ...place });
  onTestFinished(() => sqs.close());

  const kept = sqs.peek(queueArn('q'));
  expect(kept.map(({ body }) => body).sort()).toEqual(Array.from({ length: 20 }, (_, n) => `m${n}`).sort());
  expect(kept.filter(({ receiveCount }) => receiveCount === 1).map(({ id }) => id)).toEqual([
    inFlight[0]?.MessageId,
  ]);
});
