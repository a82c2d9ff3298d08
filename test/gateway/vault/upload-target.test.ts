import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { Agent } from 'undici';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { StoredObject } from '../../../gateway/mover/ports.ts';
import { UploadTarget } from '../../../gateway/vault/upload-target.ts';
import { formatVaultKey, type VaultKey } from '../../../shared/domain/vault/keys.ts';
import { mountId, uploadId } from '../mover/mover-identity.ts';

const body = Buffer.from('x');
const pack = { kind: 'pack', number: 1, sha256: 'a'.repeat(64), sizeBytes: 1 } as const;
const manifest = { kind: 'manifest', number: 0, sha256: 'b'.repeat(64), sizeBytes: 1 } as const;

afterEach(() => vi.useRealTimers());

/** A vault that takes everything, and a service that signs it; `answer` may fail a call. */
async function arrange(answer: (call: number) => void = () => {}) {
  const puts: string[] = [];
  const server = createServer((request, response) => {
    puts.push(request.url ?? '');
    request.resume().on('end', () => response.end());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const dispatcher = new Agent();
  onTestFinished(async () => {
    await dispatcher.close();
    server.close();
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const signed: StoredObject[][] = [];
  const call = async (_: string, input: { body: { objects: StoredObject[] } }) => {
    const { objects } = input.body;
    signed.push(objects);
    answer(signed.length);
    const urls = objects.map((object) => ({
      key: formatVaultKey({ ...object, mountId, uploadId } as unknown as VaultKey),
      ...{ url: `${origin}/${object.kind}?call=${signed.length}`, headers: {} },
    }));
    return { urls };
  };
  const stored = new Set<string>();
  const target = new UploadTarget(
    {
      service: { call },
      vault: { dispatcher, stallMillis: 5000 },
      objects: {
        isStored: (_: string, { sha256 }: StoredObject) => stored.has(sha256),
        add: (_: string, { sha256 }: StoredObject) => stored.add(sha256),
      },
      activity: { addUploadedBytes: () => {} },
      pacing: { firstMillis: 1, maxMillis: 1, random: () => 0 },
      log: { warn: () => {} },
    } as unknown as ConstructorParameters<typeof UploadTarget>[0],
    { mountId, uploadId, fence: 1 },
    new AbortController().signal,
  );
  return { target, signed, puts };
}

describe('an object that was foreseen', () => {
  it('has its URL by the time at which it is put', async () => {
    const { target, signed, puts } = await arrange();

    target.foresee(manifest);
    await target.put(pack, body);
    const callsBefore = signed.length;
    await target.put(manifest, body);

    expect(signed.flat()).toEqual([manifest, pack]);
    expect(signed).toHaveLength(callsBefore);
    expect(puts.map((url) => url.split('?')[0])).toEqual(['/pack', '/manifest']);
  });

  it('is signed anew when its URL has grown old', async () => {
    const { target, signed, puts } = await arrange();
    vi.useFakeTimers({ toFake: ['performance'] });

    target.foresee(manifest);
    await turnOfTheLoop();
    vi.advanceTimersByTime(5 * 60_000);
    await target.put(manifest, body);

    expect(signed).toEqual([[manifest], [manifest]]);
    expect(puts).toEqual(['/manifest?call=2']);
  });

  it('is signed anew when that failed', async () => {
    const { target, signed, puts } = await arrange((call) => {
      if (call === 1) throw new Error('no answer');
    });

    target.foresee(manifest);
    await target.put(pack, body);
    await target.put(manifest, body);

    expect(signed.flat().filter(({ kind }) => kind === 'manifest')).toHaveLength(2);
    expect(puts.map((url) => url.split('?')[0])).toEqual(['/pack', '/manifest']);
  });

  it('that is stored is not signed', async () => {
    const { target, signed } = await arrange();
    await target.put(manifest, body);

    target.foresee(manifest);

    expect(signed).toHaveLength(1);
  });
});
