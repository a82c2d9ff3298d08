import { hostname } from 'node:os';
import { describe, expect, it } from 'vitest';
import { readPublicAddress } from '../../../local/bare/public-address.ts';

const loopback = ['localhost', '127.0.0.1', '::1'];

describe('an address to listen on', () => {
  it.each([
    ['127.0.0.1', { urlHost: '127.0.0.1', names: loopback, isLoopback: true }],
    ['127.0.0.2', { urlHost: '127.0.0.2', names: [...loopback, '127.0.0.2'], isLoopback: true }],
    ['::1', { urlHost: '[::1]', names: loopback, isLoopback: true }],
    ['localhost', { urlHost: 'localhost', names: loopback, isLoopback: true }],
    ['192.0.2.7', { urlHost: '192.0.2.7', names: [...loopback, '192.0.2.7'], isLoopback: false }],
    ['2001:db8::7', { urlHost: '[2001:db8::7]', names: [...loopback, '2001:db8::7'], isLoopback: false }],
    ['db-1.example', { urlHost: 'db-1.example', names: [...loopback, 'db-1.example'], isLoopback: false }],
  ])('%s is read', (host, expected) => {
    expect(readPublicAddress(host)).toEqual({ host, ...expected });
  });

  it.each(['0.0.0.0', '::'])('%s stands for all of them; URLs name one that can be reached', (host) => {
    const address = readPublicAddress(host);

    expect(address).toMatchObject({ host, urlHost: '127.0.0.1', isLoopback: false });
    expect(address.names).toEqual(expect.arrayContaining([...loopback, hostname()]));
  });

  it.each(['', 'a b', '-x', 'http://localhost', 'localhost:80', 'fe80::1%eth0', '[::1]', 'a..b'])(
    '"%s" is refused',
    (host) => {
      expect(() => readPublicAddress(host)).toThrow(`"${host}" is neither an IP address nor a host name`);
    },
  );
});
