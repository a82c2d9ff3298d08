import { request } from 'node:http';
import { expect, test } from 'vitest';
import { ClientNetworks } from '../../../gateway/protocol/client-networks.ts';
import { TestStore } from '../support/test-store.ts';

/** Asks for the status of a mount from an address of this machine. */
const codeFrom = (localAddress: string, url: string, mount: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const path = `/druva-phoenix/v1/mounts/${mount}/backup`;
    request({ hostname, port, path, localAddress }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve(JSON.parse(text).error_code));
    })
      .on('error', reject)
      .end();
  });

test('a mount answers only the clients that may use it', async () => {
  const allowedClients = { one: ['127.0.0.2'], '*': ['127.0.0.3/32'] };
  const store = await TestStore.make({ mounts: ['one', 'two'], settings: { allowedClients } });
  const { url } = await store.start();
  const refused = 0x1000b0007;

  expect(await codeFrom('127.0.0.2', url, 'one')).toBe(0);
  expect(await codeFrom('127.0.0.3', url, 'one')).toBe(refused);
  expect(await codeFrom('127.0.0.2', url, 'two')).toBe(refused);
  expect(await codeFrom('127.0.0.3', url, 'two')).toBe(0);
  expect(await codeFrom('127.0.0.2', url, 'unknown')).toBe(refused);
});

test.each([
  ['10.1.2.3', true],
  ['11.1.2.3', false],
  ['::ffff:10.1.2.3', true],
  ['::ffff:11.1.2.3', false],
  ['fd00::1', true],
  ['fe80::1', false],
  ['fd00::1%eth0', true],
  ['::ffff:a01:203', true],
  ['', false],
  [undefined, false],
])('of 10.0.0.0/8 and fd00::/8 the address %s is one: %s', (address, isAllowed) => {
  expect(new ClientNetworks({ mount: ['10.0.0.0/8', 'fd00::/8'] }).allows('mount', address)).toBe(isAllowed);
});

test('a mount that no rule names answers nobody', () => {
  expect(new ClientNetworks({ other: ['0.0.0.0/0'] }).allows('mount', '127.0.0.1')).toBe(false);
});

test('a network of IPv4 addresses in their IPv6 form is one of IPv4 addresses', () => {
  const clients = new ClientNetworks({ mount: ['::ffff:10.0.0.0/104'] });

  expect(clients.allows('mount', '10.1.2.3')).toBe(true);
  expect(clients.allows('mount', '11.1.2.3')).toBe(false);
});
