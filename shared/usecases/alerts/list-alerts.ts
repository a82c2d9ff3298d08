import type { Alert } from '../../domain/alerts/alert.ts';
import type { AlertId } from '../../domain/ids.ts';
import { ServiceError } from '../../errors.ts';
import type { Page, PageRequest } from '../../ports/catalog/page.ts';
import type { Catalog } from '../../ports/catalog.ts';

type Alerts = Pick<Catalog, 'alerts'>;

/** Open or closed alerts, newest first. */
export const listAlerts = (
  { alerts }: Alerts,
  { state, ...page }: { readonly state: Alert['state'] } & PageRequest,
): Promise<Page<Alert>> => alerts.list({ state }, page);

/** Throws ALERT_NOT_FOUND. */
export async function findAlert({ alerts }: Alerts, alertId: AlertId): Promise<Alert> {
  const alert = await alerts.find(alertId);
  if (alert === undefined) throw new ServiceError('ALERT_NOT_FOUND', `there is no alert ${alertId}`);
  return alert;
}
