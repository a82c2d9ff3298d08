import { describe, expect, it } from 'vitest';
import { systemClock } from '../../shared/adapters/aws/clock.ts';
import { systemIds } from '../../shared/adapters/aws/ids.ts';
import { idPatterns } from '../../shared/domain/ids.ts';

describe('the ids of the system', () => {
  it.each(Object.entries(idPatterns))('for a %s fit its pattern and are new each time', (kind, pattern) => {
    const make = systemIds[kind as keyof typeof idPatterns];
    const made = Array.from({ length: 1000 }, () => make());

    for (const id of made) expect(id).toMatch(pattern);
    expect(new Set(made).size).toBe(1000);
  });

  it('have secrets of 256 bits as base64url text', () => {
    const secrets = Array.from({ length: 100 }, () => systemIds.secret());

    for (const secret of secrets) {
      expect(secret).toMatch(/^[\w-]{43}$/);
      expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
    }
    expect(new Set(secrets).size).toBe(100);
  });
});

describe('the clock of the system', () => {
  it("tells the machine's time as an instant", () => {
    const before = Date.now();

    const now = systemClock.now();

    expect(now).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(Date.parse(now)).toBeGreaterThanOrEqual(before);
    expect(Date.parse(now)).toBeLessThanOrEqual(Date.now());
  });
});
