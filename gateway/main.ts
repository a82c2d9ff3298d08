import './small-heap.ts';
import { Command } from 'commander';
import { ServiceError } from '../shared/errors.ts';
import { activate } from './activation.ts';
import { ConfigError, loadConfig } from './config.ts';
import { type RunningGateway, startGateway } from './gateway.ts';
import { JournalError } from './journal/journal.ts';
import { LogOutput } from './log/log-output.ts';
import { createServer } from './protocol/server.ts';
import { Serializer } from './serializer.ts';
import { loadCertificate, warnOfExpiry } from './server-certificate.ts';
import { IdentityError } from './service/identity.ts';

/** Runs until a signal ends it. stdout gets one line when calls are answered, stderr the log. */
async function run({ config: file }: { config: string }): Promise<void> {
  // Whoever reads standard error may end, its disk may be full: a backup must not end with it.
  process.stderr.on('error', () => {});
  const output = new LogOutput(process.stderr);
  let app = createServer(output);
  const reloads = new Serializer();
  let gateway: RunningGateway | undefined;
  // From the first moment on: without a listener the signal would end the process.
  process.on('SIGHUP', () => {
    reloads
      .run('config', async () => {
        // First, for whoever put the log file aside says so by this signal, whatever the configuration is like.
        await output.reopen();
        const next = await loadConfig(file);
        await gateway?.reload(next);
        await output.use(next.log);
      })
      .catch((error: unknown) => {
        app.log.error(isExplained(error) ? {} : { err: error }, `reload refused: ${messageOf(error)}`);
      });
  });
  // For who has ordered a restore and stands beside: an idle gateway would ask for it within half a minute.
  process.on('SIGUSR2', () => gateway?.pollNow());
  try {
    const config = await loadConfig(file);
    const { tls } = config.listen;
    if (tls) {
      const certificate = await loadCertificate(tls);
      app = createServer(output, certificate);
      warnOfExpiry(certificate, new Date(), app.log);
    }
    const started = await startGateway(config, app);
    gateway = started;
    // Only now: why a start failed stands on standard error, where it is looked for.
    await output.use(config.log);
    const stop = async (signal: string) => {
      app.log.info({ signal }, 'gateway stopping');
      await started.stop();
      await output.close();
    };
    process.once('SIGTERM', stop);
    process.once('SIGINT', stop);
    console.log(JSON.stringify({ ready: true, url: started.url }));
  } catch (error) {
    app.log.fatal(isExplained(error) ? {} : { err: error }, messageOf(error));
    process.exitCode = 1;
  }
}

async function runActivation({ config: file, code }: { config: string; code: string }): Promise<void> {
  try {
    console.log(JSON.stringify({ activated: true, ...(await activate(await loadConfig(file), code)) }));
  } catch (error) {
    const hint = error instanceof ServiceError ? `\n${error.hint}` : '';
    console.error(`${messageOf(error)}${hint}`);
    process.exitCode = 1;
  }
}

/** Whether the message alone says what is wrong and what to do. */
const isExplained = (error: unknown): boolean =>
  [ConfigError, IdentityError, JournalError].some((type) => error instanceof type);

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const program = new Command('gateway').description(
  'The Holdfast gateway: takes backups from RMAN to the vault.',
);
const configOption = ['--config <file>', 'configuration file (JSON with comments)'] as const;
program
  .command('run', { isDefault: true })
  .description('serve the mounts of this store')
  .requiredOption(...configOption)
  .action(run);
program
  .command('activate')
  .description('register this gateway as a store, with a code from the service')
  .requiredOption(...configOption)
  .requiredOption('--code <code>', 'activation code')
  .action(runActivation);
await program.parseAsync();
