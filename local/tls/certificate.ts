import { createPrivateKey, X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { generate } from 'selfsigned';

/** A self-signed certificate: clients trust it by its own file. */
export interface ServerCertificate {
  readonly file: string;
  readonly certificate: string;
  readonly key: string;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const VALID_DAYS = 365;
/** At a start with less than this left there is a new one, so that none expires while it serves. */
const RENEW_DAYS = 30;

/**
 * The certificate of a folder for these host names and addresses. It stays the same until it nears its end or another
 * name is wanted; clients that run on keep the old one.
 */
export const openCertificate = async (
  directory: string,
  names: readonly string[],
  now: Date,
): Promise<ServerCertificate> => {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const file = join(directory, 'certificate.pem');
  const keyFile = join(directory, 'key.pem');
  const kept = readPair(file, keyFile);
  if (kept !== undefined && isGoodFor(kept, names, now)) return { file, ...kept };
  const made = await makePair(names, now);
  replaceFile(keyFile, made.key);
  replaceFile(file, made.certificate);
  return { file, ...made };
};

type Pair = Omit<ServerCertificate, 'file'>;

const readPair = (file: string, keyFile: string): Pair | undefined => {
  if (!existsSync(file) || !existsSync(keyFile)) return undefined;
  return { certificate: readFileSync(file, 'utf8'), key: readFileSync(keyFile, 'utf8') };
};

const isGoodFor = ({ certificate, key }: Pair, names: readonly string[], now: Date): boolean => {
  try {
    const parsed = new X509Certificate(certificate);
    const isCurrent =
      parsed.validFromDate <= now && parsed.validToDate.getTime() - now.getTime() > RENEW_DAYS * DAY_MS;
    const isNamed = (name: string) =>
      (isIP(name) ? parsed.checkIP(name) : parsed.checkHost(name)) !== undefined;
    // A process killed between the two files leaves two that do not belong together.
    return isCurrent && parsed.checkPrivateKey(createPrivateKey(key)) && names.every(isNamed);
  } catch {
    // Damaged: there is nothing in it that a new one would lack.
    return false;
  }
};

const makePair = async (names: readonly string[], now: Date): Promise<Pair> => {
  const { cert: certificate, private: key } = await generate(
    [{ name: 'commonName', value: 'holdfast local' }],
    {
      keyType: 'ec',
      algorithm: 'sha256',
      // Clocks of other machines may be behind.
      notBeforeDate: new Date(now.getTime() - DAY_MS),
      notAfterDate: new Date(now.getTime() + VALID_DAYS * DAY_MS),
      extensions: [
        // No authority: whoever trusts it trusts these names and no others.
        { name: 'basicConstraints', cA: false, critical: true },
        { name: 'keyUsage', digitalSignature: true, critical: true },
        { name: 'extKeyUsage', serverAuth: true },
        {
          name: 'subjectAltName',
          altNames: names.map((name) => (isIP(name) ? { type: 7, ip: name } : { type: 2, value: name })),
        },
      ],
    },
  );
  return { certificate, key };
};

/** Readable by its owner only. */
const replaceFile = (file: string, text: string): void => {
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  renameSync(`${file}.new`, file);
};
