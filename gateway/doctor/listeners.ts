import { readdir, readFile, readlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { ConfigError, type GatewayConfig } from '../config.ts';
import { systemCode } from '../file-errors.ts';
import { loadCertificate } from '../server-certificate.ts';
import { type Finding, fail, messageOf, ok, warn } from './finding.ts';

interface Address {
  readonly host: string;
  readonly port: number;
}

const dayMillis = 86_400_000;
const warnDaysBefore = 30;

/** The addresses that the gateway listens on, and its certificate. */
export async function checkListeners(
  { listen, metrics }: GatewayConfig,
  gatewayPid: number | undefined,
): Promise<Finding[]> {
  return [
    await checkAddress('listen.address', listen, gatewayPid),
    ...(metrics ? [await checkAddress('metrics.address', metrics, gatewayPid)] : []),
    ...(listen.tls ? [await checkCertificate(listen.tls, new Date())] : []),
  ];
}

async function checkAddress(
  check: string,
  address: Address,
  gatewayPid: number | undefined,
): Promise<Finding> {
  const { host, port } = address;
  const name = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const [setting] = check.split('.');
  if (port === 0) return ok(check, `${name}: the system chooses a port at each start`);
  const obstacle = await tryToListen(address);
  if (obstacle === undefined) {
    if (gatewayPid === undefined) return ok(check, `${name} is free`);
    const reason = `${name} is free, though a gateway runs (process ${gatewayPid})`;
    return warn(check, reason, 'restart it, if the configuration was changed since its start; see its log');
  }
  if (obstacle !== 'EADDRINUSE') {
    const reason = `${name} cannot be listened on: ${obstacle}`;
    return fail(check, reason, `set ${setting}.host to an address of this machine, and the port above 1023`);
  }
  const advice = `end the other program, or set ${setting}.port to another one`;
  if (gatewayPid === undefined) return fail(check, `${name} is in use by another program`, advice);
  const isOurs = await isListening(gatewayPid, port);
  if (isOurs === undefined) {
    const reason = `${name} is in use; whether by the gateway cannot be seen by this user`;
    return warn(check, reason, "run the doctor as the gateway's user");
  }
  if (isOurs) return ok(check, `${name} is in use by the gateway (process ${gatewayPid})`);
  return fail(check, `${name} is in use by another program than the gateway`, advice);
}

/** For a moment only, which is given up before anybody could connect. */
function tryToListen({ host, port }: Address): Promise<string | undefined> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', (error) => resolve(systemCode(error) ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

/** Whether the process listens on the port; undefined when this user may not look. */
async function isListening(pid: number, port: number): Promise<boolean | undefined> {
  const inodes = new Set<string>();
  for (const table of ['tcp', 'tcp6']) {
    const rows = await readFile(`/proc/net/${table}`, 'utf8').catch(() => '');
    for (const row of rows.split('\n')) {
      // "0: 0100007F:2382 00000000:0000 0A …": local address, far address, state (0A: listens); the inode is the tenth.
      const [, local = '', , state, , , , , , inode] = row.trim().split(/\s+/u);
      if (state === '0A' && inode && Number.parseInt(local.split(':')[1] ?? '', 16) === port)
        inodes.add(inode);
    }
  }
  try {
    const folder = `/proc/${pid}/fd`;
    const links = await Promise.all(
      (await readdir(folder)).map((name) => readlink(`${folder}/${name}`).catch(() => '')),
    );
    return links.some((link) => inodes.has(/^socket:\[(\d+)\]$/u.exec(link)?.[1] ?? ''));
  } catch {
    return undefined;
  }
}

async function checkCertificate(
  tls: NonNullable<GatewayConfig['listen']['tls']>,
  now: Date,
): Promise<Finding> {
  const check = 'listen.certificate';
  try {
    const { expiresAt } = await loadCertificate(tls);
    const daysLeft = Math.floor((expiresAt.getTime() - now.getTime()) / dayMillis);
    const until = expiresAt.toISOString().slice(0, 10);
    if (daysLeft < 0) return fail(check, `it expired on ${until}`, 'replace it and send SIGHUP');
    if (daysLeft < warnDaysBefore) {
      return warn(check, `it expires on ${until}, in ${daysLeft} days`, 'replace it and send SIGHUP');
    }
    return ok(check, `it is valid until ${until}`);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return fail(
      check,
      messageOf(error),
      'check listen.tls and that the user of the gateway may read both files',
    );
  }
}
