import { beforeEach, describe, expect, it } from 'vitest';
import type { Alert } from '../../../shared/domain/alerts/alert.ts';
import type { Mount } from '../../../shared/domain/mount.ts';
import type { Catalog } from '../../../shared/ports/catalog.ts';
import { createdMount } from '../support/line.ts';
import { atOnce } from '../support/paging.ts';
import { at, ids } from '../support/rows.ts';

export const alertsContract = (makeCatalog: () => Promise<Catalog>) =>
  describe('alerts', () => {
    let catalog: Catalog;
    let mount: Mount;
    beforeEach(async () => {
      catalog = await makeCatalog();
      mount = await createdMount(catalog);
    });

    const makeAlert = (fields: Partial<Alert> = {}): Alert => ({
      ...{
        alertId: ids.alert(),
        kind: 'backup-late',
        severity: 'critical',
        state: 'open',
        raisedAt: at(5),
        mails: 0,
      },
      ...{ storeId: mount.storeId, mountId: mount.mountId, text: 'late', hint: 'look' },
      ...fields,
    });
    const open = () => catalog.alerts.openOf(mount.storeId);
    const idsOf = (alerts: readonly Alert[]) => alerts.map(({ alertId }) => alertId);

    it('are kept as they were raised, and raised once', async () => {
      const alert = makeAlert({ database: '7' });

      expect(await catalog.alerts.raise(alert)).toBe('raised');
      expect(await catalog.alerts.raise(alert)).toBe('raised');

      expect(await catalog.alerts.find(alert.alertId)).toEqual(alert);
      expect(await open()).toEqual([alert]);
      expect(await catalog.alerts.find(ids.alert())).toBeUndefined();
    });

    it('of one thing are open once, however many raise them at once; others beside it', async () => {
      const outcomes = await atOnce(6, () => catalog.alerts.raise(makeAlert()));
      await catalog.alerts.raise(makeAlert({ severity: 'warning' }));
      await catalog.alerts.raise(makeAlert({ database: '7' }));

      expect(outcomes.filter((outcome) => outcome === 'raised')).toHaveLength(1);
      expect(await open()).toHaveLength(3);
    });

    it('are closed once, with the time, and may be raised again', async () => {
      const [first, second] = [makeAlert(), makeAlert()];
      await catalog.alerts.raise(first);

      expect(await catalog.alerts.close(first, at(9))).toBe('closed');
      expect(await catalog.alerts.close(first, at(10))).toBe('already-closed');
      expect(await catalog.alerts.raise(second)).toBe('raised');
      expect(await catalog.alerts.close(first, at(11))).toBe('already-closed');

      expect(await catalog.alerts.find(first.alertId)).toEqual({
        ...first,
        state: 'closed',
        closedAt: at(9),
      });
      expect(idsOf(await open())).toEqual([second.alertId]);
    });

    it('count their mails one by one, while they are open', async () => {
      const alert = makeAlert();
      await catalog.alerts.raise(alert);

      const outcomes = await atOnce(3, () => catalog.alerts.noteMail(alert));
      expect(outcomes.filter((outcome) => outcome === 'noted')).toHaveLength(1);
      expect((await open())[0]?.mails).toBe(1);

      await catalog.alerts.close(alert, at(9));
      expect(await catalog.alerts.noteMail({ ...alert, mails: 1 })).toBe('refused');
      expect(await catalog.alerts.find(alert.alertId)).toMatchObject({ mails: 1, state: 'closed' });
    });

    it('are listed by their state, newest first, page by page', async () => {
      const alerts = ['1', '2', '3'].map((database) => makeAlert({ database }));
      for (const alert of alerts) await catalog.alerts.raise(alert);
      const [first, second, third] = idsOf(alerts);
      await catalog.alerts.close(alerts[1] as Alert, at(9));

      const page = await catalog.alerts.list({ state: 'open' }, { limit: 1 });
      const rest = await catalog.alerts.list({ state: 'open' }, { limit: 5, cursor: page.cursor });
      const closed = await catalog.alerts.list({ state: 'closed' }, { limit: 5 });

      expect([page, rest, closed].map(({ items }) => idsOf(items))).toEqual([[third], [first], [second]]);
      expect([rest.cursor, closed.cursor]).toEqual([undefined, undefined]);
    });
  });
