import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkConfig } from '../../../gateway/config.ts';
import { backUp, pointsOf, waitForPoints, writePiece } from '../support/backup.ts';
import { ConnectProxy } from '../support/connect-proxy.ts';
import { PrivateAuthority } from '../support/private-authority.ts';
import { TestStore } from '../support/test-store.ts';
import { startTlsFront } from '../support/tls-front.ts';
import { waitUntil } from '../support/wait-until.ts';

const [serviceHost, vaultHost] = ['service.holdfast.test', 'vault.holdfast.test'];
const secret = 'wordpass';

/** A store whose service and vault can be reached by the proxy alone, under a private authority. */
async function makeStore() {
  const store = await TestStore.make();
  const authority = await PrivateAuthority.make();
  const certified = await authority.certify([serviceHost, vaultHost]);
  const ports = new Map([
    [serviceHost, await startTlsFront(certified, store.service.port)],
    [vaultHost, await startTlsFront(certified, store.vault.port)],
  ]);
  const proxy = await ConnectProxy.start(ports);
  proxy.credentials = `backup:${secret}`;
  store.vault.publicOrigin = `https://${vaultHost}`;
  const caFile = join(store.folder, 'ca.pem');
  await writeFile(caFile, authority.certificate);
  const network = { proxy: `http://backup:${secret}@127.0.0.1:${proxy.port}`, caFile };
  const configure = (settings: object) =>
    store.configure({ service: { url: `https://${serviceHost}` }, network, ...settings });
  await configure({});
  return { store, proxy, network, configure };
}

test('activation, calls and transfers go through the proxy, and nothing tells its password', async () => {
  const { store, proxy } = await makeStore();
  const { url } = await store.start();
  await writePiece(store, 'piece', 100_000);

  await backUp(url);
  await waitForPoints(store, ['UID_1']);

  expect(new Set(proxy.asked)).toEqual(new Set([`${serviceHost}:443`, `${vaultHost}:443`]));
  expect(store.logLines.join()).not.toContain(secret);
});

test('a proxy that refuses is in the log with what to set, and a reload puts it right', async () => {
  const { store, proxy, network, configure } = await makeStore();
  const gateway = await store.start();
  const proxySaid = () => store.logLines.some((line) => line.includes('set them in network.proxy'));
  await configure({ network: { ...network, proxy: `http://backup:other@127.0.0.1:${proxy.port}` } });

  await gateway.reload(await store.loadConfig());
  await waitUntil('the proxy refuses', proxySaid);
  await backUp(gateway.url);
  expect(pointsOf(store)).toEqual([]);
  await configure({});
  await gateway.reload(await store.loadConfig());

  await waitForPoints(store, ['UID_1']);
});

test('a reload with a caFile that cannot be read changes nothing', async () => {
  const { store, network, configure } = await makeStore();
  const gateway = await store.start();

  await configure({ network: { ...network, caFile: join(store.folder, 'gone.pem') } });

  await expect(gateway.reload(await store.loadConfig())).rejects.toThrow('network.caFile cannot be read');
  await backUp(gateway.url);
  await waitForPoints(store, ['UID_1']);
});

test('what is wrong in a configuration is told without the password of the proxy', async () => {
  const { store, network, configure } = await makeStore();
  const faulty = [
    { proxy: `socks5://backup:${secret}@proxy` },
    { proxy: { url: `http://backup:${secret}@proxy`, credentialsFile: '/f' } },
    { ...network, unknown: 1 },
  ];
  for (const wrong of faulty) {
    await configure({ network: wrong });
    const { problems } = await checkConfig(store.configFile);

    expect(problems).toHaveLength(1);
    expect(JSON.stringify(problems)).not.toContain(secret);
  }
});
