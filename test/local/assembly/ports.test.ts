import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { choosePorts, chooseSamePorts, findFreePort } from '../../../local/assembly/ports.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-ports-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const occupy = async (port: number): Promise<Server> => {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return server;
};

describe('the ports of a data folder', () => {
  it('differ from each other and are the same the next time', async () => {
    const first = await choosePorts(folder, ['a', 'b', 'c'], {});
    const second = await choosePorts(folder, ['c', 'b', 'a'], {});

    expect(new Set(['a', 'b', 'c'].map(first)).size).toBe(3);
    expect(['a', 'b', 'c'].map(second)).toEqual(['a', 'b', 'c'].map(first));
  });

  it('are others where the remembered ones are taken or the memory is damaged', async () => {
    const first = await choosePorts(folder, ['a', 'b'], {});
    await occupy(first('a'));

    const second = await choosePorts(folder, ['a', 'b'], {});
    writeFileSync(join(folder, 'ports.json'), '{"a": ');
    const third = await choosePorts(folder, ['a'], {});

    expect(second('a')).not.toBe(first('a'));
    expect(second('b')).toBe(first('b'));
    expect(third('a')).toBeGreaterThan(0);
  });

  it('are those that were asked for, or none', async () => {
    const port = await findFreePort();

    const chosen = await choosePorts(folder, ['a'], { a: port });
    await occupy(port);

    expect(chosen('a')).toBe(port);
    await expect(choosePorts(folder, ['b'], { b: port })).rejects.toThrow(`Port ${port} is not free for b`);
  });

  it('are waited for, where they must be the same, while a killed process gives them back', async () => {
    const first = await chooseSamePorts(folder, ['a'], {});
    const leftOver = await occupy(first('a'));

    const second = chooseSamePorts(folder, ['a'], {});
    setTimeout(() => leftOver.close(), 200);

    expect((await second)('a')).toBe(first('a'));
  });

  it('are refused, where they must be the same, when another program has taken one', async () => {
    const first = await chooseSamePorts(folder, ['a'], {});
    await occupy(first('a'));

    await expect(chooseSamePorts(folder, ['a'], {})).rejects.toThrow(
      `Port ${first('a')} is not free for a: end what listens there`,
    );
  });
});
