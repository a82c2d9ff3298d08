// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ElectroDB fills these templates in.
import { Entity } from 'electrodb';
import type { Database, DatabasePoint } from '../../../../domain/database.ts';
import { listingIndex } from '../../table.ts';
import { partition, sort, type TableConnection, text } from './attributes.ts';

/** The database, and the points that have files of it, share its partition. */
export const databaseEntity = (connection: TableConnection) =>
  new Entity(
    {
      model: { service: 'holdfast', entity: 'database', version: '1' },
      attributes: {
        databaseId: { type: 'string', required: true },
        name: { type: 'string' },
        uniqueName: { type: 'string' },
        platform: { type: text<NonNullable<Database['platform']>>() },
        version: { type: 'string' },
        mountIds: { type: 'set', items: 'string', required: true },
        lastPointAt: { type: text<Database['lastPointAt']>(), required: true },
      },
      indexes: {
        database: {
          pk: { ...partition, composite: ['databaseId'], template: 'database#${databaseId}' },
          sk: { ...sort, composite: [], template: 'database' },
        },
        all: {
          index: listingIndex.name,
          pk: { field: listingIndex.partitionKey, casing: 'none', composite: [], template: 'databases' },
          sk: {
            field: listingIndex.sortKey,
            casing: 'none',
            composite: ['databaseId'],
            template: '${databaseId}',
          },
        },
      },
    },
    connection,
  );

/** In the order of the points' times. Never changed: whether a point still is, its own item says. */
export const databasePointEntity = (connection: TableConnection) =>
  new Entity(
    {
      model: { service: 'holdfast', entity: 'database-point', version: '1' },
      attributes: {
        databaseId: { type: 'string', required: true },
        recoveryPointId: { type: text<DatabasePoint['recoveryPointId']>(), required: true },
        mountId: { type: text<DatabasePoint['mountId']>(), required: true },
        takenAt: { type: text<DatabasePoint['takenAt']>(), required: true },
      },
      indexes: {
        ofDatabase: {
          pk: { ...partition, composite: ['databaseId'], template: 'database#${databaseId}' },
          sk: {
            ...sort,
            composite: ['takenAt', 'recoveryPointId'],
            template: 'point#${takenAt}#${recoveryPointId}',
          },
        },
      },
    },
    connection,
  );
