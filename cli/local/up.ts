import { InvalidArgumentError } from 'commander';
import type { BareAws } from '../../local/bare/start.ts';
import type { AddCommand } from '../add-command.ts';
import { dataOption, type FolderOptions, jsonOption } from './options.ts';

interface UpOptions extends FolderOptions {
  readonly json?: true;
  readonly portBase?: number;
  readonly host: string;
  readonly tls?: true;
}

export const addUp: AddCommand = (local) => {
  local
    .command('up')
    .description('serve the AWS endpoints alone, without the app, until Ctrl-C')
    .addOption(dataOption())
    .option(
      '--port-base <port>',
      'first of the consecutive ports (default: those of the last start, at first any free ones)',
      readPort,
    )
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--tls', 'https, with a certificate made for it')
    .addOption(jsonOption())
    .action(up);
};

const readPort = (text: string): number => {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port > 0 && port < 65_536) return port;
  throw new InvalidArgumentError('A port is a number from 1 to 65535.');
};

const up = async ({ data, json, portBase, host, tls }: UpOptions): Promise<void> => {
  const told = whenToldToEnd();
  // Lambda's time zone is UTC, and functions run in threads of this process. Before anything has looked at the clock.
  process.env.TZ = 'UTC';
  const { startBareAws } = await import('../../local/bare/start.ts');
  const { chooseLocalFolder } = await import('../../local/bare/local-folder.ts');
  const { readPublicAddress } = await import('../../local/bare/public-address.ts');

  const address = readPublicAddress(host);
  if (!address.isLoopback) warn(address.names, tls);
  const folder = chooseLocalFolder(data);
  const aws = await startBareAws({
    ...{ folder, address, hasTls: tls ?? false },
    ...(portBase !== undefined && { portBase }),
  });
  const isEnding = await Promise.race([told.then(() => true), false]);
  if (!isEnding)
    process.stdout.write(json ? `${JSON.stringify(factsOf(aws, folder))}\n` : textOf(aws, folder));
  await told;
  await aws.close();
};

/** A second signal changes nothing: in a terminal, Ctrl-C reaches the program that started this one, too. */
const whenToldToEnd = (): Promise<void> =>
  new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => resolve());
  });

const warn = (names: readonly string[], tls: true | undefined): void => {
  const others = names.filter((name) => !['localhost', '127.0.0.1', '::1'].includes(name)).join(', ');
  process.stderr.write(
    `holdfast: warning: other machines reach these endpoints (${others}). Whoever reaches them and knows the keys may ` +
      'read and change everything and run code as you; DynamoDB asks for no valid key at all.' +
      `${tls ? '' : ' Without --tls everybody on the way can read along.'}\n`,
  );
};

const factsOf = (aws: BareAws, dataFolder: string): object => {
  const { region, accountId, caFile, environment } = aws;
  const { accessKeyId, secretAccessKey } = aws.credential;
  const services = Object.entries(aws.endpoints).map(([name, endpoint]) => [
    name,
    { endpoint, region, accessKeyId, secretAccessKey },
  ]);
  const { pid } = process;
  return {
    ...Object.fromEntries(services),
    region,
    accountId,
    ...(caFile && { caFile }),
    pid,
    dataFolder,
    environment,
  };
};

const textOf = (aws: BareAws, dataFolder: string): string => {
  const rows = [
    ...Object.entries(aws.endpoints),
    ['account', `${aws.accountId} in ${aws.region}`],
    ...(aws.caFile === undefined ? [] : [['certificate', aws.caFile]]),
    ['data', dataFolder],
  ];
  const table = rows.map(([name = '', value]) => `${name.padEnd(15)}${value}`);
  const exports = Object.entries(aws.environment).map(([name, value]) => `export ${name}=${quote(value)}`);
  return [
    '',
    ...table,
    '',
    'For the AWS CLI and SDKs, in a shell:',
    '',
    ...exports,
    '',
    'Ctrl-C ends it; the next start finds everything again.',
    '',
  ].join('\n');
};

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
