import { type Alert, alertKey } from '../../../domain/alerts/alert.ts';
import type { AlertCatalog } from '../../../ports/catalog/alerts.ts';
import { pageOf } from './page.ts';
import type { CatalogState } from './state.ts';

export const memoryAlerts = (state: CatalogState): AlertCatalog => {
  const openIn = (storeId: Alert['storeId']) =>
    [...state.alerts.values()]
      .filter((alert) => alert.storeId === storeId && alert.state === 'open')
      .sort((a, b) => (a.alertId < b.alertId ? -1 : 1));
  const isOpen = ({ alertId }: Alert) => state.alerts.get(alertId)?.state === 'open';

  return {
    async raise(alert) {
      if (state.alerts.has(alert.alertId)) return 'raised';
      const key = alertKey(alert);
      if (openIn(alert.storeId).some((other) => alertKey(other) === key)) return 'already-open';
      state.alerts.set(alert.alertId, alert);
      return 'raised';
    },

    async close(alert, closedAt) {
      if (!isOpen(alert)) return 'already-closed';
      const { mails } = state.alerts.get(alert.alertId) ?? alert;
      state.alerts.set(alert.alertId, { ...alert, mails, state: 'closed', closedAt });
      return 'closed';
    },

    async noteMail(alert) {
      if (!isOpen(alert) || state.alerts.get(alert.alertId)?.mails !== alert.mails) return 'refused';
      state.alerts.set(alert.alertId, { ...alert, mails: alert.mails + 1 });
      return 'noted';
    },

    async find(alertId) {
      return state.alerts.get(alertId);
    },

    async openOf(storeId) {
      return openIn(storeId);
    },

    async list({ state: wanted }, page) {
      const rows = [...state.alerts.values()].filter((alert) => alert.state === wanted);
      return pageOf(
        rows,
        { name: `${wanted} alerts`, keyOf: ({ alertId }) => alertId, isDescending: true },
        page,
      );
    },
  };
};
