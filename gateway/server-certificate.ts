import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { ConfigError } from './config.ts';
import type { Log } from './ports/log.ts';

/** PEM, as TLS takes it. */
export interface ServerCertificate {
  readonly cert: string;
  readonly key: string;
  readonly expiresAt: Date;
}

const warnDaysBefore = 30;
const dayMillis = 86_400_000;

/** Reads a certificate (with its chain) and its key, both PEM. Throws ConfigError when they cannot serve. */
export async function loadCertificate(files: {
  readonly certificate: string;
  readonly key: string;
}): Promise<ServerCertificate> {
  const cert = await readPem('certificate', files.certificate);
  const key = await readPem('key', files.key);
  const leaf = parse('certificate', files.certificate, () => new X509Certificate(cert));
  const privateKey = parse('key', files.key, () => createPrivateKey(key));
  if (!leaf.checkPrivateKey(privateKey)) {
    throw new ConfigError(
      `listen.tls: ${files.key} is not the key of ${files.certificate}: the server's own certificate must come first in its file`,
    );
  }
  return { cert, key, expiresAt: leaf.validToDate };
}

/** Says in the log what clients will soon refuse, or refuse already. */
export function warnOfExpiry({ expiresAt }: ServerCertificate, now: Date, log: Log): void {
  const daysLeft = Math.floor((expiresAt.getTime() - now.getTime()) / dayMillis);
  if (daysLeft >= warnDaysBefore) return;
  const about = { expiresAt: expiresAt.toISOString(), daysLeft };
  if (daysLeft < 0) log.error(about, 'the certificate of listen.tls has expired: replace it and send SIGHUP');
  else log.warn(about, 'the certificate of listen.tls expires soon: replace it and send SIGHUP');
}

async function readPem(what: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new ConfigError(`listen.tls.${what} cannot be read: ${reasonOf(error)}`);
  }
}

function parse<T>(what: string, file: string, read: () => T): T {
  try {
    return read();
  } catch {
    // What the parser says is left out: it names parts of OpenSSL, not what to do.
    throw new ConfigError(`listen.tls.${what}: ${file} holds no ${what} in PEM without a passphrase`);
  }
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
