import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, statSync, truncateSync } from 'node:fs';
import { isIP } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openCertificate } from '../../../local/tls/certificate.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-certificate-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const names = ['localhost', '127.0.0.1', '::1'];
const today = new Date('2026-11-21T08:00:00Z');
const daysLater = (days: number): Date => new Date(today.getTime() + days * 86_400_000);

describe('the certificate of a folder', () => {
  it('is for the names and addresses that were given and for no others, and no authority', async () => {
    const { certificate } = await openCertificate(folder, [...names, 'db-host.example'], today);

    const parsed = new X509Certificate(certificate);
    expect(parsed.checkHost('db-host.example')).toBe('db-host.example');
    expect(names.map((name) => (isIP(name) ? parsed.checkIP(name) : parsed.checkHost(name)))).toEqual(names);
    expect(parsed.checkHost('other.example')).toBeUndefined();
    expect(parsed.ca).toBe(false);
  });

  it('stays the same until it nears its end', async () => {
    const first = await openCertificate(folder, names, today);
    const later = await openCertificate(folder, names, daysLater(300));
    const atItsEnd = await openCertificate(folder, names, daysLater(350));

    expect(later).toEqual(first);
    expect(atItsEnd.certificate).not.toBe(first.certificate);
    expect(new X509Certificate(atItsEnd.certificate).validToDate).toEqual(daysLater(350 + 365));
  });

  it('is made anew for another name, and where a file is damaged or missing', async () => {
    const first = await openCertificate(folder, names, today);
    const forMore = await openCertificate(folder, [...names, '192.0.2.7'], today);
    truncateSync(join(folder, 'key.pem'), 20);
    const repaired = await openCertificate(folder, [...names, '192.0.2.7'], today);
    rmSync(join(folder, 'certificate.pem'));
    const again = await openCertificate(folder, names, today);

    const all = [first, forMore, repaired, again].map(({ certificate }) => certificate);
    expect(new Set(all).size).toBe(4);
    expect(new X509Certificate(repaired.certificate).checkIP('192.0.2.7')).toBe('192.0.2.7');
  });

  it('keeps its key readable by its owner only', async () => {
    await openCertificate(folder, names, today);

    expect(statSync(join(folder, 'key.pem')).mode & 0o777).toBe(0o600);
  });
});
