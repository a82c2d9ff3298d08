import { copyFile, writeFile } from 'node:fs/promises';
import { request as plainRequest } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import type { TLSSocket } from 'node:tls';
import { expect, test } from 'vitest';
import { Calls } from './support/calls.ts';
import { writeCertificate } from './support/certificate.ts';
import { GatewayProcess } from './support/gateway-process.ts';
import { TestStore } from './support/test-store.ts';
import { waitUntil } from './support/wait-until.ts';

const statusPath = '/druva-phoenix/v1/mounts/testmount/backup';

/** Asks for the status of a mount over TLS, and who answered. */
const statusOver = (url: string, ca: string): Promise<{ answer: unknown; server: unknown }> =>
  new Promise((resolve, reject) => {
    request(`${url}${statusPath}`, { ca, agent: false }, (response) => {
      const { CN } = (response.socket as TLSSocket).getPeerCertificate().subject;
      json(response).then((answer) => resolve({ answer, server: CN }), reject);
    })
      .on('error', reject)
      .end();
  });

async function makeStore(name = 'first', validDays = 365) {
  const store = await TestStore.make();
  const { cert, ...tls } = await writeCertificate(store.folder, name, { validDays });
  await store.configure({ listen: { port: 0, tls } });
  return { store, cert, tls };
}

const messages = (gateway: GatewayProcess): unknown[] => gateway.log().map(({ msg }) => msg);

test("answers over TLS with the operator's certificate, and nothing without TLS", async () => {
  const { store, cert } = await makeStore();
  const { gateway, url } = await store.spawn();

  expect(url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
  expect(await statusOver(url, cert)).toMatchObject({ answer: { error_code: 0 }, server: 'first' });
  const { cert: foreign } = await writeCertificate(store.folder, 'foreign');
  await expect(statusOver(url, foreign)).rejects.toThrow('self-signed certificate');
  const plain = new Promise((_, reject) => {
    plainRequest(`${url.replace('https:', 'http:')}${statusPath}`)
      .on('error', reject)
      .end();
  });
  await expect(plain).rejects.toThrow('socket hang up');
  expect(messages(gateway).join()).not.toContain('certificate');
  expect(gateway.log()).toContainEqual(expect.objectContaining({ call: 'GET backup', tls: true }));
});

test('SIGHUP takes a new certificate, and refuses one that does not fit its key', async () => {
  const { store, tls } = await makeStore();
  const { gateway, url } = await store.spawn();
  const next = await writeCertificate(store.folder, 'second');

  await copyFile(next.certificate, tls.certificate);
  gateway.signal('SIGHUP');
  await waitUntil('it is refused', () =>
    messages(gateway).some((said) => String(said).startsWith('reload refused: listen.tls: ')),
  );
  await copyFile(next.key, tls.key);
  gateway.signal('SIGHUP');
  await waitUntil('it is taken', () => messages(gateway).includes('configuration read again'));

  expect(await statusOver(url, next.cert)).toMatchObject({ answer: { error_code: 0 }, server: 'second' });
});

test.each([
  [10, 'the certificate of listen.tls expires soon: replace it and send SIGHUP'],
  [-1, 'the certificate of listen.tls has expired: replace it and send SIGHUP'],
])('a certificate with %i days left is in the log', async (validDays, message) => {
  const { store } = await makeStore('old', validDays);

  const { gateway } = await store.spawn();

  expect(messages(gateway)).toContain(message);
});

test.each([
  ['is missing', 'certificate', undefined, 'listen.tls.certificate cannot be read: ENOENT'],
  ['is no certificate', 'certificate', 'x', 'holds no certificate in PEM'],
  ['is no key', 'key', 'x', 'holds no key in PEM without a passphrase'],
])('a start is refused when a file %s', async (_, kind, text, message) => {
  const { store, tls } = await makeStore();
  const other = join(store.folder, 'other.pem');
  if (text !== undefined) await writeFile(other, text);
  await store.configure({ listen: { port: 0, tls: { ...tls, [kind]: other } } });

  const finished = await new GatewayProcess(['--config', store.configFile]).finished();

  expect(finished).toMatchObject({ exitCode: 1, stdout: '' });
  expect(finished.stderr).toContain(message);
});

test('listens on IPv6', async () => {
  const store = await TestStore.make({ settings: { listen: { host: '::1', port: 0 } } });
  const { url } = await store.start();

  expect(url).toMatch(/^http:\/\/\[::1\]:\d+$/);
  expect(await new Calls(url).status()).toMatchObject({ error_code: 0 });
});
