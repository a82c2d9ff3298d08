// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ElectroDB fills these templates in.
import { Entity } from 'electrodb';
import type { Alert } from '../../../../domain/alerts/alert.ts';
import { listingIndex } from '../../table.ts';
import { partition, sort, type TableConnection, text } from './attributes.ts';

export const alertEntity = (connection: TableConnection) =>
  new Entity(
    {
      model: { service: 'holdfast', entity: 'alert', version: '1' },
      attributes: {
        alertId: { type: text<Alert['alertId']>(), required: true },
        kind: { type: text<Alert['kind']>(), required: true },
        severity: { type: text<Alert['severity']>(), required: true },
        storeId: { type: text<Alert['storeId']>(), required: true },
        mountId: { type: text<NonNullable<Alert['mountId']>>() },
        database: { type: 'string' },
        instance: { type: 'string' },
        text: { type: 'string', required: true },
        hint: { type: 'string', required: true },
        state: { type: text<Alert['state']>(), required: true },
        raisedAt: { type: text<Alert['raisedAt']>(), required: true },
        closedAt: { type: text<NonNullable<Alert['closedAt']>>() },
        mails: { type: 'number', required: true },
      },
      indexes: {
        alert: {
          pk: { ...partition, composite: ['alertId'], template: 'alert#${alertId}' },
          sk: { ...sort, composite: [], template: 'alert' },
        },
        byState: {
          index: listingIndex.name,
          pk: {
            field: listingIndex.partitionKey,
            casing: 'none',
            composite: ['state'],
            template: 'alerts#${state}',
          },
          sk: { field: listingIndex.sortKey, casing: 'none', composite: ['alertId'], template: '${alertId}' },
        },
      },
    },
    connection,
  );

/** Whoever puts this item has the key: one alert of it is open at a time. They lie with their store. */
export const openAlertEntity = (connection: TableConnection) =>
  new Entity(
    {
      model: { service: 'holdfast', entity: 'open-alert', version: '1' },
      attributes: {
        storeId: { type: text<Alert['storeId']>(), required: true },
        key: { type: 'string', required: true },
        alertId: { type: text<Alert['alertId']>(), required: true },
      },
      indexes: {
        ofStore: {
          pk: { ...partition, composite: ['storeId'], template: 'store#${storeId}' },
          sk: { ...sort, composite: ['key'], template: 'open-alert#${key}' },
        },
      },
    },
    connection,
  );
