import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SpareMemory } from '../../../gateway/mover/spare-memory.ts';

describe('spare memory', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('is used again, and given back to the system when nobody wanted it for a minute', () => {
    const memory = new SpareMemory(64 * 1024);
    const [one, other] = [memory.take(), memory.take()];
    expect(other).not.toBe(one);

    memory.give(one);
    vi.advanceTimersByTime(59_000);
    expect(memory.take()).toBe(one);
    vi.advanceTimersByTime(59_000);
    expect(one).toHaveLength(64 * 1024);

    memory.give(one);
    memory.give(other);
    vi.advanceTimersByTime(60_000);
    expect([one.length, other.length]).toEqual([0, 0]);
    expect(memory.take()).toHaveLength(64 * 1024);
  });

  it('goes back at once when that is asked for, and what is in use stays', () => {
    const memory = new SpareMemory(64 * 1024);
    const [one, other] = [memory.take(), memory.take()];
    memory.give(one);

    memory.release();

    expect([one.length, other.length]).toEqual([0, 64 * 1024]);
  });
});
