import type { AddCommand } from '../add-command.ts';
import { UsageError } from '../usage-error.ts';

export const addConfd: AddCommand = (program) => {
  program
    .command('confd')
    .description(
      'a job of ConfD by its name, for scripts that call confd_client: holdfast confd JOB [key: value …]',
    )
    .argument('<job>', 'such as db_list, db_backup_start or db_backup_list')
    .argument('[parameters...]', 'key: value')
    .action(runJob);
};

async function runJob(name: string, words: readonly string[]): Promise<void> {
  const { connectService } = await import('../service/client.ts');
  const { forTerminal } = await import('../service/print-rows.ts');
  const { jobs } = await import('./jobs.ts');
  const { checkParameters, readParameters } = await import('./parameters.ts');
  const job = Object.hasOwn(jobs, name) ? jobs[name] : undefined;
  if (job === undefined) {
    throw new UsageError(`there is no job ${name} here; there are ${Object.keys(jobs).join(', ')}`);
  }
  const given = readParameters(words);
  checkParameters(name, given, job);
  const lines = await job.run(connectService(), given);
  process.stdout.write(lines.map((line) => `${forTerminal(line)}\n`).join(''));
}
