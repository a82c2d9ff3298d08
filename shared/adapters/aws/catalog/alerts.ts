import { createConversions } from 'electrodb';
import { type Alert, alertKey } from '../../../domain/alerts/alert.ts';
import type { AlertCatalog } from '../../../ports/catalog/alerts.ts';
import type { Entities } from './entities.ts';
import { readPage } from './page.ts';
import { byAlertId } from './positions.ts';
import { refuseContended, transact, writeOnce } from './transact.ts';

export function awsAlerts(entities: Entities): AlertCatalog {
  const find = async (alertId: Alert['alertId']): Promise<Alert | undefined> => {
    const { data } = await entities.alert.get({ alertId }).go({ consistent: true });
    return data ?? undefined;
  };

  return {
    find,

    async raise(alert) {
      const { storeId, alertId } = alert;
      const refusal = await transact(entities, (writable) => ({
        alert: writable.alert.create(alert).commit(),
        open: writable.openAlert.create({ storeId, key: alertKey(alert), alertId }).commit(),
      }));
      refuseContended(refusal);
      // Ids are never made twice: an alert that is there was put by an earlier copy of this call.
      return refusal.size === 0 || refusal.has('alert') ? 'raised' : 'already-open';
    },

    async close(alert, closedAt) {
      const { storeId, alertId } = alert;
      const refusal = await transact(entities, (writable) => ({
        alert: writable.alert
          .patch({ alertId })
          .set({ state: 'closed', closedAt })
          .where(({ state }, { eq }) => eq(state, 'open'))
          .commit(),
        open: writable.openAlert
          .delete({ storeId, key: alertKey(alert) })
          .where((open, { eq }) => eq(open.alertId, alertId))
          .commit(),
      }));
      refuseContended(refusal);
      return refusal.size === 0 ? 'closed' : 'already-closed';
    },

    async noteMail({ alertId, mails: sent }) {
      const { rejected } = await writeOnce(() =>
        entities.alert
          .patch({ alertId })
          .set({ mails: sent + 1 })
          .where(({ state, mails }, { eq }) => `${eq(state, 'open')} AND ${eq(mails, sent)}`)
          .go({ returnOnConditionCheckFailure: 'all_old' }),
      );
      return rejected ? 'refused' : 'noted';
    },

    async openOf(storeId) {
      const { data } = await entities.openAlert.query
        .ofStore({ storeId })
        .go({ consistent: true, pages: 'all' });
      const found = await Promise.all(data.map(({ alertId }) => find(alertId)));
      return found
        .flatMap((alert) => (alert?.state === 'open' ? [alert] : []))
        .sort((a, b) => (a.alertId < b.alertId ? -1 : 1));
    },

    list({ state }, page) {
      const { alert: alerts } = entities;
      const keys = createConversions(alerts).byAccessPattern.byState.fromComposite;
      return readPage(
        {
          list: { name: `${state} alerts`, position: byAlertId },
          positionOf: ({ alertId }: Alert) => ({ alertId }),
          startAfter: ({ alertId }) => keys.toCursor({ state, alertId }),
          run: (options) => alerts.query.byState({ state }).go({ ...options, order: 'desc' }),
        },
        page,
      );
    },
  };
}
