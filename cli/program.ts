import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { commands, groups } from './commands.ts';
import { UsageError } from './usage-error.ts';

/** Of a call that the program does not understand. */
const USAGE_ERROR = 2;

/** Carries out one command line; answers the exit code. Says on standard error what went wrong and what to do. */
export const run = async (args: readonly string[]): Promise<number> => {
  // A command may answer with a code of its own.
  process.exitCode = 0;
  try {
    await createProgram().parseAsync([...args], { from: 'user' });
    return process.exitCode;
  } catch (error) {
    // Commander has said it already, with 1 for what it did not understand; a command may have a code of its own for that.
    if (error instanceof CommanderError) return error.exitCode === 1 ? USAGE_ERROR : error.exitCode;
    process.stderr.write(`holdfast: ${error instanceof Error ? error.message : String(error)}\n`);
    return error instanceof UsageError ? USAGE_ERROR : 1;
  }
};

const createProgram = (): Command => {
  const program = new Command('holdfast')
    .description('Backups of Oracle databases, kept in the cloud and given back byte for byte.')
    .version(readVersion(), '-V, --version')
    .showHelpAfterError('(holdfast --help, or --help after a command, shows what there is)')
    .exitOverride();
  for (const add of commands) add(program);
  for (const { name, summary, commands: members } of groups) {
    const group = program.command(name).description(summary);
    for (const add of members) add(group);
  }
  return program;
};

const readVersion = (): string => {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
};
