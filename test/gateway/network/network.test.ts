import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { request } from 'undici';
import { afterEach, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { openNetwork } from '../../../gateway/network/network.ts';
import { networkSettings } from '../../../gateway/network/network-settings.ts';
import { ConnectProxy } from '../support/connect-proxy.ts';
import { PrivateAuthority } from '../support/private-authority.ts';
import { makeTemporaryFolder } from '../support/temporary-folder.ts';
import { startTlsFront } from '../support/tls-front.ts';

const host = 'service.holdfast.test';
let authority: PrivateAuthority;
let stranger: PrivateAuthority;

beforeAll(async () => {
  authority = await PrivateAuthority.make();
  stranger = await PrivateAuthority.make('Stranger');
});

afterEach(() => {
  vi.unstubAllEnvs();
});

/** A server of the company behind its proxy, which alone knows the way to it. */
async function makeFarEnd(names: readonly string[] = [host], options = {}) {
  const server = createServer((_, response) => response.end('here'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const certified = await authority.certify(names, options);
  const port = await startTlsFront(certified, (server.address() as AddressInfo).port);
  const proxy = await ConnectProxy.start(new Map([[host, port]]));
  return { proxy, port, certified, plainPort: (server.address() as AddressInfo).port };
}

async function writeAuthority({ certificate }: PrivateAuthority): Promise<string> {
  const file = join(await makeTemporaryFolder(), 'ca.pem');
  await writeFile(file, certificate);
  return file;
}

/** Asks the far end the way that the settings say, as calls to the service and transfers do. */
async function ask(settings: object, url = `https://${host}`, environment = {}): Promise<string> {
  const network = await openNetwork(networkSettings.parse(settings), () => {}, environment);
  try {
    const answers = [];
    for (const dispatcher of [network.toService, network.toVault]) {
      answers.push(await (await request(url, { dispatcher })).body.text());
    }
    return answers.join(' ');
  } finally {
    await network.destroy();
  }
}

describe('through a proxy', () => {
  test('a service with a private authority is reached, by calls and by transfers', async () => {
    const { proxy } = await makeFarEnd();
    const caFile = await writeAuthority(authority);

    expect(await ask({ proxy: `http://127.0.0.1:${proxy.port}`, caFile })).toBe('here here');
    expect(proxy.asked).toEqual([`${host}:443`, `${host}:443`]);
  });

  test('a proxy that speaks TLS itself is verified, too', async () => {
    const { proxy } = await makeFarEnd();
    const port = await startTlsFront(await authority.certify(['127.0.0.1']), proxy.port);
    const url = `https://127.0.0.1:${port}`;

    expect(await ask({ proxy: url, caFile: await writeAuthority(authority) })).toBe('here here');
    await expect(ask({ proxy: url })).rejects.toThrow('set network.caFile to its certificate');
    expect(proxy.asked).toHaveLength(2);
  });

  test.each([
    ['in the URL', async (port: number) => `http://backup:p%40ss%3Aword@127.0.0.1:${port}`],
    [
      'in a file',
      async (port: number) => {
        const credentialsFile = join(await makeTemporaryFolder(), 'proxy');
        await writeFile(credentialsFile, 'backup:p@ss:word\n', { mode: 0o600 });
        return { url: `http://127.0.0.1:${port}`, credentialsFile };
      },
    ],
  ])('user and password are given %s', async (_, proxyWith) => {
    const { proxy } = await makeFarEnd();
    proxy.credentials = 'backup:p@ss:word';
    const caFile = await writeAuthority(authority);

    expect(await ask({ proxy: await proxyWith(proxy.port), caFile })).toBe('here here');
  });

  test.each([
    [407, 'asks for a user and a password, or refuses those given: set them in network.proxy (PROXY_407)'],
    [403, 'does not allow it: allow the host there, or name it in network.noProxy (PROXY_403)'],
    [502, 'answers 502: see its log (PROXY_502)'],
  ])('its refusal with %i says what to set, and not the password', async (status, why) => {
    const { proxy } = await makeFarEnd();
    proxy.refusesWith = status;
    const address = `127.0.0.1:${proxy.port}`;

    const failure = await ask({ proxy: `http://backup:wordpass@${address}` }).catch((error: Error) => error);

    expect(String(failure)).toContain(`no way to https://${host}: the proxy http://${address} ${why}`);
    expect(JSON.stringify(failure) + String((failure as Error).stack)).not.toContain('wordpass');
  });

  test('a proxy that is not there is named', async () => {
    const { proxy } = await makeFarEnd();
    const gone = `http://127.0.0.1:${proxy.port === 1 ? 2 : 1}`;

    await expect(ask({ proxy: gone })).rejects.toThrow(
      `no way to https://${host}: nobody answers (connect ECONNREFUSED`,
    );
    await expect(ask({ proxy: gone })).rejects.toThrow(`check the proxy ${gone} and the firewall`);
  });

  test('this machine and what noProxy names are reached directly', async () => {
    const { proxy, plainPort, port } = await makeFarEnd(['127.0.0.1', 'localhost']);
    const caFile = await writeAuthority(authority);
    const settings = { proxy: `http://127.0.0.1:${proxy.port}`, caFile };

    for (const url of [`http://127.0.0.1:${plainPort}`, `http://localhost:${plainPort}`]) {
      expect(await ask(settings, url)).toBe('here here');
    }
    expect(await ask(settings, `https://127.0.0.1:${port}`)).toBe('here here');
    // No such name: without the proxy only the resolver is left to ask.
    await expect(ask({ ...settings, noProxy: ['.holdfast.test'] })).rejects.toThrow('cannot be resolved');
    expect(proxy.asked).toEqual([]);
  });

  test('the environment names the proxy only where the settings say so', async () => {
    const { proxy, port } = await makeFarEnd([host, '127.0.0.1']);
    const caFile = await writeAuthority(authority);
    const environment = { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}`, NO_PROXY: 'a.test, other.test' };
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);

    expect(await ask({ caFile }, `https://127.0.0.1:${port}`, environment)).toBe('here here');
    expect(proxy.asked).toEqual([]);
    expect(await ask({ caFile, proxy: 'environment' }, undefined, environment)).toBe('here here');
    expect(proxy.asked).toHaveLength(2);
    await expect(ask({ caFile, proxy: 'environment' }, 'https://x.other.test', environment)).rejects.toThrow(
      'cannot be resolved',
    );
    await expect(ask({ proxy: 'environment' }, undefined, {})).rejects.toThrow('HTTPS_PROXY is not set');
    await expect(ask({ proxy: 'environment' }, undefined, { HTTPS_PROXY: 'a:secret' })).rejects.toThrow(
      'HTTPS_PROXY must be the URL of an HTTP proxy, as http://proxy:3128',
    );
  });
});

describe('the certificate of the service', () => {
  const setCaFile = /not trusted here: if it is your own, .*set network\.caFile to its certificate/;

  test('is refused when its authority is not the one in caFile, and none is trusted by chance', async () => {
    const { proxy } = await makeFarEnd();
    const settings = { proxy: `http://127.0.0.1:${proxy.port}` };

    await expect(ask(settings)).rejects.toThrow(setCaFile);
    await expect(ask({ ...settings, caFile: await writeAuthority(stranger) })).rejects.toThrow(setCaFile);
  });

  test('is verified also where the environment turns verification off for all of Node', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    const { proxy, port } = await makeFarEnd();

    await expect(ask({ proxy: `http://127.0.0.1:${proxy.port}` })).rejects.toThrow(setCaFile);
    await expect(ask({}, `https://127.0.0.1:${port}`)).rejects.toThrow(setCaFile);
  });

  test.each([
    ['is for another name', ['other.test'], 90, 'its certificate is for another name'],
    ['has expired', [host], -1, 'its certificate has expired: renew it, or set the clock'],
  ])('is refused when it %s', async (_, names, validDays, why) => {
    const { proxy } = await makeFarEnd(names, { validDays });
    const caFile = await writeAuthority(authority);

    await expect(ask({ proxy: `http://127.0.0.1:${proxy.port}`, caFile })).rejects.toThrow(why);
  });

  test('is missing where no TLS is spoken', async () => {
    const { plainPort } = await makeFarEnd();

    await expect(ask({}, `https://127.0.0.1:${plainPort}`)).rejects.toThrow('does not speak TLS');
  });
});

test('a service is reached over IPv6', async () => {
  const { plainPort } = await makeFarEnd();
  const port = await startTlsFront(await authority.certify(['::1']), plainPort, '::1');

  expect(await ask({ caFile: await writeAuthority(authority) }, `https://[::1]:${port}`)).toBe('here here');
});

test.each([
  ['{"caFile": "ca"}', 'must be an absolute path'],
  ['{"proxy": "proxy:3128"}', 'must be the URL of an HTTP proxy'],
  ['{"proxy": "socks5://proxy:1080"}', 'must be the URL of an HTTP proxy'],
  ['{"proxy": "http://proxy/path"}', 'must be the URL of an HTTP proxy'],
  ['{"proxy": {"url": "http://a:b@proxy", "credentialsFile": "/f"}}', 'must be http://host:port'],
  ['{"proxy": {"url": "http://b@proxy"}}', 'must be the URL of an HTTP proxy'],
  ['{"proxy": "http://user:%zz@proxy"}', 'must be the URL of an HTTP proxy'],
  ['{"noProxy": ["a"]}', 'says nothing without proxy'],
  ['{"proxy": "http://p", "noProxy": ["10.0.0.0/8"]}', 'networks such as 10.0.0.0/8 cannot be told here'],
])('the settings %s are refused: %s', (settings, why) => {
  const { error } = networkSettings.safeParse(JSON.parse(settings));

  expect(error?.issues.map(({ message }) => message).join()).toContain(why);
});

test.each(['a', '.a.test', '*.a.test:8080', '10.1.2.3', '::1', '[2001:db8::1]:443', '*'])(
  'noProxy takes %s',
  (entry) => {
    expect(networkSettings.safeParse({ proxy: 'http://p', noProxy: [entry] }).success).toBe(true);
  },
);

test.each([
  ['is not there', undefined, 0o600, 'cannot be read: ENOENT'],
  ['may be read by everybody', 'user:secret', 0o644, 'everybody may read'],
  ['holds something else', 'secret', 0o600, 'must hold one line, user:password'],
])('a file of the password that %s is refused', async (_, text, mode, why) => {
  const credentialsFile = join(await makeTemporaryFolder(), 'proxy');
  if (text !== undefined) await writeFile(credentialsFile, text, { mode });

  const failure = await ask({ proxy: { url: 'http://p', credentialsFile } }).catch(String);

  expect(failure).toContain(why);
  expect(failure).not.toContain('secret');
});

test.each([
  ['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n', 'does not hold certificates in PEM'],
  ['nothing', 'does not hold certificates in PEM'],
])('a caFile that holds %j is refused', async (text, why) => {
  const caFile = join(await makeTemporaryFolder(), 'ca.pem');
  await writeFile(caFile, text);

  await expect(ask({ caFile })).rejects.toThrow(why);
});
