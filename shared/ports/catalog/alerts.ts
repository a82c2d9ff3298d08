import type { Alert } from '../../domain/alerts/alert.ts';
import type { AlertId, StoreId } from '../../domain/ids.ts';
import type { Instant } from '../../domain/instant.ts';
import type { Page, PageRequest } from './page.ts';

/** Alerts, open and closed. No part of the vault's journal: a rebuild finds what is wrong again. */
export interface AlertCatalog {
  /**
   * Puts an open alert, unless one with its key (`alertKey`) is open on its store: of several at once one is raised.
   * The same alert again is `raised`.
   */
  raise(alert: Alert): Promise<'raised' | 'already-open'>;
  /** open → closed; frees its key. */
  close(alert: Alert, at: Instant): Promise<'closed' | 'already-closed'>;
  /** One mail more than `alert.mails`, while it is open and has so many. */
  noteMail(alert: Alert): Promise<'noted' | 'refused'>;
  find(alertId: AlertId): Promise<Alert | undefined>;
  /** The open ones of a store, oldest first, strongly consistent. */
  openOf(storeId: StoreId): Promise<readonly Alert[]>;
  /** Newest first. Eventually consistent. */
  list(filter: { readonly state: Alert['state'] }, page: PageRequest): Promise<Page<Alert>>;
}
