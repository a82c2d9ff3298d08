import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { join } from 'node:path';
import { startStepFunctions } from '../../../local/stepfunctions/server.ts';
import { invokeWith } from './handlers.ts';
import type { ProcessS3 } from './process-s3.ts';

/**
 * A service in a process of its own, to be killed. Arguments: its folder, by how many seconds its clock is ahead,
 * and at which reading of the clock it kills itself (every turn reads it). `machines.json` in the folder holds the
 * state machines; every call of a function is a line of `calls.log`, every event one of `events.log`. The endpoint goes
 * to standard output once the service is up.
 */
const [directory = '', secondsAhead = '0', dieAtReading = 'never'] = process.argv.slice(2);
// What Node compiled is for the next one: of a process that is killed it would keep nothing.
flushCompileCache();
let readings = 0;

function readClock(): number {
  readings++;
  if (readings === Number(dieAtReading)) {
    process.kill(process.pid, 'SIGKILL');
  }
  return Date.now() + Number(secondsAhead) * 1000;
}

function record(name: string, payload: unknown): void {
  appendFileSync(join(directory, 'calls.log'), `${JSON.stringify([name, payload])}\n`);
}

const s3 = JSON.parse(process.env.S3_OF_PROCESS ?? 'null') as ProcessS3 | null;

/** Loaded only for who needs it: the SDK is half of a start. */
async function openObjects({ endpoint, credential }: ProcessS3) {
  const { openS3Objects } = await import('../../../local/stepfunctions/distributed/s3-objects.ts');
  flushCompileCache();
  return openS3Objects(endpoint, 'eu-central-1', () => credential);
}

const service = await startStepFunctions({
  directory,
  region: 'eu-central-1',
  accountId: '000000000000',
  clock: readClock,
  ...(s3 && { objects: await openObjects(s3) }),
  onEvent: async (event) => appendFileSync(join(directory, 'events.log'), `${JSON.stringify(event)}\n`),
  invoke: invokeWith({
    count: (payload) => {
      record('count', payload);
      return Number(payload) + 1;
    },
    hang: (payload) => {
      record('hang', payload);
      return existsSync(join(directory, 'answer')) ? 'answered' : new Promise(() => undefined);
    },
    'hand-over': (payload) => record('hand-over', payload),
  }),
});
const machines = JSON.parse(readFileSync(join(directory, 'machines.json'), 'utf8')) as Record<string, object>;
for (const [name, definition] of Object.entries(machines)) {
  service.putStateMachine({
    name,
    definition: JSON.stringify(definition),
    roleArn: 'arn:aws:iam::000000000000:role/r',
  });
}
process.stdout.write(`${service.endpoint}\n`);
