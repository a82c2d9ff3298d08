import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import { ConfigError } from '../config.ts';

const pemCertificate = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/gu;

/**
 * Trusts what Node trusts by default (also NODE_EXTRA_CA_CERTS) and the authorities in this file. Made once: to read
 * all these certificates takes some 50 ms, too long for each connection. Throws ConfigError.
 */
export async function trustInAddition(caFile: string): Promise<SecureContext> {
  return createSecureContext({ ca: [...getCACertificates('default'), ...(await readAuthorities(caFile))] });
}

async function readAuthorities(caFile: string): Promise<string[]> {
  const text = await readFile(caFile, 'utf8').catch((error: Error) => {
    throw new ConfigError(`network.caFile cannot be read: ${error.message}`);
  });
  const certificates = text.match(pemCertificate) ?? [];
  if (certificates.length === 0 || !certificates.every(isCertificate)) {
    throw new ConfigError(`network.caFile: ${caFile} does not hold certificates in PEM alone`);
  }
  return certificates;
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}
