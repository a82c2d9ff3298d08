// Before all else: to load the rest would make the heap grow, and it never shrinks.
import '../../gateway/small-heap.ts';
import { Command, CommanderError } from 'commander';
import { gatewayCommands } from '../../cli/gateway/gateway-commands.ts';
import { keyCommands, keySummary } from '../../cli/key/key-commands.ts';
import packageJson from '../../package.json' with { type: 'json' };

/** What the package installs as `holdfast-gateway`: the daemon's own commands, and those of `holdfast gateway`. */
const program = new Command('holdfast-gateway')
  .description('The Holdfast gateway: takes backups from RMAN to the vault.')
  .version(packageJson.version, '-V, --version')
  .exitOverride()
  .showHelpAfterError('(holdfast-gateway --help, or --help after a command, shows what there is)');

const runDaemon = async (): Promise<void> => {
  // Reads the command line itself.
  await import('../../gateway/main.ts');
};
for (const [name, summary] of [
  ['run', 'serve the mounts of this store'],
  ['activate', 'register this gateway as a store, with a code from the service'],
] as const) {
  program
    .command(name)
    .description(summary)
    .allowUnknownOption()
    .allowExcessArguments()
    .helpOption(false)
    .action(runDaemon);
}
for (const add of gatewayCommands) add(program);
const key = program.command('key').description(keySummary);
for (const add of keyCommands) add(key);

try {
  await program.parseAsync();
} catch (error) {
  // Commander has said it already.
  if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : 2);
  process.stderr.write(`holdfast-gateway: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
