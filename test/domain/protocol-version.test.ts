import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { negotiateVersion } from '../../shared/domain/protocol-version.ts';

const range = (oldest: number, newest = oldest) => ({ oldest, newest });

describe('the version of the gateway protocol that is spoken', () => {
  it.each([
    ['both speak one and the same', range(1), range(1), 1],
    ['the service was upgraded first', range(1), range(1, 2), 1],
    ['the gateway was upgraded first', range(1, 2), range(1), 1],
    ['both were upgraded', range(1, 2), range(1, 2), 2],
    ['the service dropped the oldest', range(1, 2), range(2, 3), 2],
  ])('when %s', (_, gateway, service, spoken) => {
    expect(negotiateVersion({ gateway, service })).toBe(spoken);
  });

  it.each([
    ['GATEWAY_TOO_OLD', range(1), range(2, 3), 'the gateway speaks version 1'],
    ['SERVICE_TOO_OLD', range(2, 3), range(1), 'the service version 1'],
  ])('is none, and %s is said', (code, gateway, service, detail) => {
    const negotiate = () => negotiateVersion({ gateway, service });

    expect(negotiate).toThrow(detail);
    expect(negotiate).toThrow(expect.objectContaining({ code, retry: 'permanent' }));
  });

  it('is one that both speak, and the newest such', () => {
    const someRange = fc
      .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 3 }))
      .map(([oldest, more]) => range(oldest, oldest + more));
    const speaks = ({ oldest, newest }: ReturnType<typeof range>, version: number) =>
      oldest <= version && version <= newest;
    fc.assert(
      fc.property(someRange, someRange, (gateway, service) => {
        const common = [...Array(20).keys()].filter((v) => speaks(gateway, v) && speaks(service, v));
        if (common.length === 0) expect(() => negotiateVersion({ gateway, service })).toThrow();
        else expect(negotiateVersion({ gateway, service })).toBe(common.at(-1));
      }),
    );
  });
});
