import { beforeEach, describe, expect, it } from 'vitest';
import type { Events, ServiceEvent } from '../../../shared/ports/events.ts';
import { ids, makeMount, makePoint, makeUpload } from '../support/rows.ts';

export interface EventsUnderTest {
  readonly events: Events;
  /** What arrived, in the order of its publication. */
  received(): Promise<readonly ServiceEvent[]>;
}

/** What events must do; `makeEvents` gives some that are new for each test. */
export const eventsContract = (name: string, makeEvents: () => Promise<EventsUnderTest>) =>
  describe(name, () => {
    let under: EventsUnderTest;
    beforeEach(async () => {
      under = await makeEvents();
    });

    it('bring the recovery point and the restore that they announce', async () => {
      const { mount } = makeMount();
      const recoveryPoint = makePoint(mount, makeUpload(mount));
      const restore = {
        restoreId: ids.restore(),
        jobId: 7,
        mountId: mount.mountId,
        state: 'failed' as const,
        reason: 'STORE_SILENT: no report',
      };

      await under.events.publish({ type: 'Recovery Point Created', recoveryPoint });
      await under.events.publish({ type: 'Restore Ended', restore });

      expect(await under.received()).toEqual([
        { type: 'Recovery Point Created', recoveryPoint },
        { type: 'Restore Ended', restore },
      ]);
    });
  });
