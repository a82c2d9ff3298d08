import { setTimeout as wait } from 'node:timers/promises';
import { InvalidArgumentError } from 'commander';
import type { AddCommand } from '../add-command.ts';
import { jsonOption } from '../local/options.ts';
import type { ServiceClient } from '../service/client.ts';
import type { ShownRestore } from './describe-restore.ts';

export const addWatch: AddCommand = (restore) => {
  restore
    .command('watch')
    .description(
      'follow a restore to its end; exits with 0 when it is complete, 3 when files had to be left out, 1 when it failed or was cancelled',
    )
    .argument('<restore>', 'its id')
    .option('--every <seconds>', 'how often to ask the service', parseSeconds, 5)
    .addOption(jsonOption())
    .action(async (restoreId: string, { every, json }: WatchOptions) => {
      const { connectService } = await import('../service/client.ts');
      await watchRestore(connectService(), restoreId, { everySeconds: every, json });
    });
};

/** In a row. */
const maxFailures = 60;

interface WatchOptions {
  readonly every: number;
  readonly json?: true;
}

export function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (seconds >= 0.1 && seconds <= 3600) return seconds;
  throw new InvalidArgumentError('It must be between 0.1 and 3600.');
}

/** Shows the restore until it has ended, then what came of it; sets the exit code. With `json` a line for each change. */
export async function watchRestore(
  service: ServiceClient,
  restoreId: string,
  { everySeconds, json }: { readonly everySeconds: number; readonly json: true | undefined },
): Promise<void> {
  const { describeRestore } = await import('./describe-restore.ts');
  const { forTerminal } = await import('../service/print-rows.ts');
  const { viewOn } = await import('./restore-view.ts');
  const view = json ? new JsonLines() : viewOn(process.stdout);
  const ask = () => service.call('showRestore', { params: { restoreId } });
  let restore = await ask();
  try {
    for (let failures = 0; restore.endedAt === undefined; ) {
      view.show(restore);
      await wait(everySeconds * 1000);
      const answer = await ask().catch((error: unknown) => {
        // A restore takes days: a service that is away for minutes is no reason to stop looking.
        if (++failures === maxFailures) throw error;
        return undefined;
      });
      if (answer) [restore, failures] = [answer, 0];
    }
    view.show(restore);
  } finally {
    view.end();
  }
  if (!json) {
    const { nextSteps } = await import('./next-steps.ts');
    const lines = [...describeRestore(restore), ...(await nextSteps(service, restore))];
    process.stdout.write(lines.map((line) => `${forTerminal(line)}\n`).join(''));
  }
  process.exitCode = exitCodeOf(restore.state);
}

class JsonLines {
  #last = '';

  show(restore: ShownRestore): void {
    const line = JSON.stringify(restore);
    if (line !== this.#last) process.stdout.write(`${line}\n`);
    this.#last = line;
  }

  end(): void {}
}

function exitCodeOf(state: ShownRestore['state']): number {
  if (state === 'completed') return 0;
  return state === 'completed-with-damage' ? 3 : 1;
}
