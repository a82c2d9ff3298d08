import { describe, expect, it } from 'vitest';
import { PackBuffers } from '../../../gateway/mover/pack-buffers.ts';

/** What a share asked for, as it comes. */
function asker(ring: PackBuffers) {
  const share = ring.join();
  const held: Buffer[] = [];
  const ask = (signal?: AbortSignal) => share.take(signal).then((buffer) => void held.push(buffer));
  const give = () => {
    const buffer = held.shift();
    if (buffer) share.give(buffer);
  };
  return { share, held, ask, give };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('memory for packs', () => {
  it('gives each no more than its share, and in the order of asking', async () => {
    const one = asker(new PackBuffers({ all: 3, each: 2 }));

    for (let asked = 0; asked < 3; asked++) void one.ask();
    await settled();
    expect(one.held).toHaveLength(2);
    const [first] = one.held;
    one.give();
    await settled();

    expect(one.held).toHaveLength(2);
    expect(one.held[1]).toBe(first);
    one.share.leave();
  });

  it('keeps one for everybody who has none, so that one that is stuck stops nobody', async () => {
    const ring = new PackBuffers({ all: 3, each: 2 });
    const [stuck, other] = [asker(ring), asker(ring)];
    for (let asked = 0; asked < 2; asked++) void stuck.ask();
    await settled();

    for (let pack = 0; pack < 5; pack++) {
      await other.ask();
      void other.ask();
      await settled();
      expect([stuck.held.length, other.held.length]).toEqual([2, 1]);
      other.give();
      await settled();
      other.give();
    }

    stuck.share.leave();
    other.share.leave();
  });

  it('serves all who wait when somebody leaves, and nobody who gave up', async () => {
    const ring = new PackBuffers({ all: 2, each: 2 });
    const [one, other] = [asker(ring), asker(ring)];
    const aborted = new AbortController();
    await one.ask();
    await other.ask();
    const givenUp = other.ask(aborted.signal);
    void other.ask();

    aborted.abort(new Error('enough'));
    await expect(givenUp).rejects.toThrow('enough');
    one.share.leave();
    await settled();

    expect(other.held).toHaveLength(2);
    await expect(other.ask(aborted.signal)).rejects.toThrow('enough');
    other.share.leave();
  });

  it('gives each only one as long as others, which are more urgent, are under way', async () => {
    const others = new PackBuffers({ all: 1, each: 1 });
    const one = asker(new PackBuffers({ all: 3, each: 2, others }));
    for (let asked = 0; asked < 4; asked++) void one.ask();
    await settled();
    const urgent = others.join();

    one.give();
    await settled();
    expect(one.held).toHaveLength(1);
    one.give();
    await settled();
    expect(one.held).toHaveLength(1);
    urgent.leave();
    one.give();
    await settled();

    expect(one.held).toHaveLength(1);
    void one.ask();
    await settled();
    expect(one.held).toHaveLength(2);
    one.share.leave();
  });
});
