import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Alarm, startNodeTimer } from '../../../local/stepfunctions/alarm.ts';

const DAY = 24 * 60 * 60 * 1000;

describe('the alarm on real timers', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function setAlarm(due: () => number | undefined) {
    let rings = 0;
    const alarm = new Alarm({
      clock: Date.now,
      startTimer: startNodeTimer,
      nextDue: due,
      ring: () => rings++,
    });
    alarm.set();
    return { alarm, rings: () => rings };
  }

  it('rings after sixty days, and not before', () => {
    const due = Date.now() + 60 * DAY;
    const { rings } = setAlarm(() => due);

    vi.advanceTimersByTime(60 * DAY - 1);
    expect(rings()).toBe(0);
    vi.advanceTimersByTime(1);

    expect(rings()).toBe(1);
  });

  it('follows the earliest moment when it is set again', () => {
    let due = Date.now() + 2 * DAY;
    const { alarm, rings } = setAlarm(() => due);

    due = Date.now() + DAY;
    alarm.set();
    vi.advanceTimersByTime(DAY);

    expect(rings()).toBe(1);
  });

  it('stays silent when nothing is due, and after it was stopped', () => {
    let due: number | undefined = Date.now() + DAY;
    const { alarm, rings } = setAlarm(() => due);

    due = undefined;
    alarm.set();
    vi.advanceTimersByTime(2 * DAY);
    due = Date.now() + DAY;
    alarm.set();
    alarm.stop();
    vi.advanceTimersByTime(2 * DAY);

    expect(rings()).toBe(0);
  });
});
