import { describe, expect, it } from 'vitest';
import { MINUTE, rule, runEvents } from './events-under-test.ts';

const { eventPattern: _, ...withoutPattern } = rule();
const hourly = { ...withoutPattern, scheduleExpression: 'rate(1 hour)' };

describe('a rule with a schedule', () => {
  it("sends EventBridge's scheduled event, the first time after its period", async () => {
    const aws = await runEvents({ rules: [hourly] });

    await aws.advance(60 * MINUTE - 1);
    const early = aws.received.length;
    await aws.advance(1);

    expect(early).toBe(0);
    expect(JSON.parse(aws.received[0] ?? '')).toMatchObject({
      ...{ source: 'aws.events', 'detail-type': 'Scheduled Event', time: '2026-11-21T11:00:00Z' },
      ...{ resources: [hourly.arn], detail: {} },
    });
  });

  it('follows a cron expression in UTC', async () => {
    const aws = await runEvents({ rules: [{ ...hourly, scheduleExpression: 'cron(15 10 * * ? *)' }] });

    await aws.advance(15 * MINUTE);

    expect(JSON.parse(aws.received[0] ?? '').time).toBe('2026-11-21T10:15:00Z');
  });

  it('does not fire while it is disabled', async () => {
    const aws = await runEvents({ rules: [{ ...hourly, isEnabled: false }] });

    await aws.advance(120 * MINUTE);

    expect(aws.received).toEqual([]);
  });

  it('starts anew when it was away from the template', async () => {
    const aws = await runEvents({ rules: [hourly] });
    await aws.advance(30 * MINUTE);
    await aws.restart({ rules: [] });
    await aws.restart({ rules: [hourly] });

    await aws.advance(30 * MINUTE);
    const early = aws.received.length;
    await aws.advance(30 * MINUTE);

    expect([early, aws.received.length]).toEqual([0, 1]);
  });
});
