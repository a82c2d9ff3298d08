import { Option } from 'commander';
import type { AddCommand } from '../add-command.ts';
import type { ServiceClient } from '../service/client.ts';
import type { ReportFormat, ReportRow } from './format.ts';

const formats = ['text', 'json', 'csv'] as const;
type Format = (typeof formats)[number];

/** `holdfast report [DB…]`. */
export const addReport: AddCommand = (program) => {
  program
    .command('report')
    .description(
      'jobs, points, restores, sizes, cost, recovery window and failures of databases; of all, or of those named',
    )
    .argument('[db...]', 'DBIDs, names, or ids of agents (sto-….NAME)')
    .addOption(new Option('--format <format>', 'how it is written').choices(formats).default('text'))
    .action(report);
};

/** One that fails is told of in its place, and why on standard error; the others are reported, and the exit code is 1. */
async function report(names: readonly string[], { format }: { readonly format: Format }): Promise<void> {
  const { connectService } = await import('../service/client.ts');
  const { begin, between, end, none, write } = await findFormat(format);
  const service = connectService();
  const rows = names.length === 0 ? everyReport(service) : reportsOf(service, names);
  let isFirst = true;
  for await (const row of rows) {
    if ('error' in row) process.exitCode = 1;
    process.stdout.write(`${isFirst ? begin : between}${write(row)}`);
    isFirst = false;
  }
  process.stdout.write(isFirst ? none : end);
}

async function findFormat(format: Format): Promise<ReportFormat> {
  if (format === 'csv') return (await import('./csv.ts')).csvFormat;
  if (format === 'text') return (await import('./text.ts')).textFormat;
  return {
    ...{ begin: '[\n', between: ',\n', end: '\n]\n', none: '[]\n' },
    write: (row) => JSON.stringify(row),
  };
}

async function* everyReport(service: ServiceClient): AsyncGenerator<ReportRow> {
  const { rowsOf } = await import('../service/client.ts');
  yield* rowsOf((query) => service.call('listDatabaseReports', { query }));
}

async function* reportsOf(service: ServiceClient, names: readonly string[]): AsyncGenerator<ReportRow> {
  const { findDatabaseId } = await import('../backup/find-database.ts');
  for (const name of names) {
    try {
      const databaseId = await findDatabaseId(service, name);
      yield await service.call('showDatabaseReport', { params: { databaseId } });
    } catch (error) {
      process.stderr.write(`holdfast: ${name}: ${error instanceof Error ? error.message : String(error)}\n`);
      yield { databaseId: name, name, error: 'Error getting information.' };
    }
  }
}
