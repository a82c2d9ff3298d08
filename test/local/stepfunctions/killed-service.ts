import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { DescribeExecutionOutput } from '@aws-sdk/client-sfn';
import type { EventEnvelope } from '../../../local/services.ts';
import { createClient, until, Workflows } from './harness.ts';
import type { ProcessS3 } from './process-s3.ts';

/** A service in a process of its own, which the test kills and starts again on the same store. */
export class KilledService implements AsyncDisposable {
  readonly directory = mkdtempSync(join(tmpdir(), 'holdfast-stepfunctions-kill-'));
  #process: ChildProcess | undefined;
  #workflows: Workflows | undefined;

  readonly #s3: ProcessS3 | undefined;

  constructor(machines: Record<string, object>, s3?: ProcessS3) {
    this.#s3 = s3;
    writeFileSync(join(this.directory, 'machines.json'), JSON.stringify(machines));
  }

  get workflows(): Workflows {
    if (this.#workflows === undefined) {
      throw new Error('The service was not started');
    }
    return this.#workflows;
  }

  async start(options: { secondsAhead?: number; dieAtReading?: number } = {}): Promise<void> {
    const script = join(import.meta.dirname, 'service-process.ts');
    this.#process = spawn(
      process.execPath,
      [script, this.directory, String(options.secondsAhead ?? 0), String(options.dieAtReading)],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
        env: {
          ...process.env,
          NODE_NO_WARNINGS: '1',
          ...(this.#s3 && { S3_OF_PROCESS: JSON.stringify(this.#s3) }),
        },
      },
    );
    if (this.#process.stdout === null) {
      throw new Error('The service has no output');
    }
    const [endpoint] = (await once(createInterface(this.#process.stdout), 'line')) as [string];
    this.#workflows = new Workflows(createClient(endpoint), () =>
      Promise.reject(new Error('see machines.json')),
    );
  }

  async kill(): Promise<void> {
    this.#workflows?.client.destroy();
    if (this.#process !== undefined && this.#process.exitCode === null && this.#process.signalCode === null) {
      this.#process.kill('SIGKILL');
      await once(this.#process, 'exit');
    }
  }

  /** Waits until the execution ends, or undefined if the service dies before. */
  async lifeOf(executionArn: string): Promise<DescribeExecutionOutput | undefined> {
    const result = await until('the end of the execution or of the service', async () => {
      if (this.#process?.signalCode !== null) {
        return 'dead';
      }
      const execution = await this.workflows.describe(executionArn).catch(() => undefined);
      return execution?.status !== 'RUNNING' && execution;
    });
    return result === 'dead' ? undefined : result;
  }

  calls(): [string, unknown][] {
    return this.#log('calls.log') as [string, unknown][];
  }

  /** Events of status changes that were taken, over all lives. */
  events(): EventEnvelope[] {
    return this.#log('events.log') as EventEnvelope[];
  }

  #log(name: string): unknown[] {
    const path = join(this.directory, name);
    const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : [];
    return lines.map((line) => JSON.parse(line) as unknown);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    rmSync(this.directory, { recursive: true });
  }
}
