// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ElectroDB fills these templates in.
import { Entity } from 'electrodb';
import type { Mount } from '../../../../domain/mount.ts';
import type { Hold } from '../../../../domain/retention/hold.ts';
import type { PlanNote } from '../../../../domain/retention/plan-note.ts';
import { listingIndex } from '../../table.ts';
import { partition, record, sort, type TableConnection, text } from './attributes.ts';

const ofHold = {
  holdId: { type: text<Hold['holdId']>(), required: true },
  target: { type: record<Hold['target']>(), required: true },
  reason: { type: 'string', required: true },
  placedBy: { type: 'string', required: true },
  placedAt: { type: text<Hold['placedAt']>(), required: true },
} as const;

/** The record of a hold, also of one that is lifted. */
export const holdEntity = (connection: TableConnection) =>
  new Entity(
    {
      model: { service: 'holdfast', entity: 'hold', version: '1' },
      attributes: { ...ofHold, lifted: { type: record<NonNullable<Hold['lifted']>>() } },
      indexes: {
        hold: {
          pk: { ...partition, composite: ['holdId'], template: 'hold#${holdId}' },
          sk: { ...sort, composite: [], template: 'hold' },
        },
        all: {
          index: listingIndex.name,
          pk: { field: listingIndex.partitionKey, casing: 'none', composite: [], template: 'holds' },
          sk: { field: listingIndex.sortKey, casing: 'none', composite: ['holdId'], template: '${holdId}' },
        },
      },
    },
    connection,
  );

/** The copy in the mount's partition, by which points are protected; there while the hold is in force. */
export const mountHoldEntity = (connection: TableConnection) =>
  new Entity(
    {
      model: { service: 'holdfast', entity: 'mount-hold', version: '1' },
      attributes: { ...ofHold, mountId: { type: text<Mount['mountId']>(), required: true } },
      indexes: {
        ofMount: {
          pk: { ...partition, composite: ['mountId'], template: 'mount#${mountId}' },
          sk: { ...sort, composite: ['holdId'], template: 'hold#${holdId}' },
        },
      },
    },
    connection,
  );

/** The copy in the database's partition: it protects on every mount that has the database, also on one that is not there yet. */
export const databaseHoldEntity = (connection: TableConnection) =>
  new Entity(
    {
      model: { service: 'holdfast', entity: 'database-hold', version: '1' },
      attributes: { ...ofHold, databaseId: { type: 'string', required: true } },
      indexes: {
        ofDatabase: {
          pk: { ...partition, composite: ['databaseId'], template: 'database#${databaseId}' },
          sk: { ...sort, composite: ['holdId'], template: 'hold#${holdId}' },
        },
      },
    },
    connection,
  );

/** That a plan was made. */
export const planEntity = (connection: TableConnection) =>
  new Entity(
    {
      model: { service: 'holdfast', entity: 'plan', version: '1' },
      attributes: {
        mountId: { type: text<PlanNote['mountId']>(), required: true },
        sha256: { type: 'string', required: true },
        madeAt: { type: text<PlanNote['madeAt']>(), required: true },
        expire: { type: 'number', required: true },
        bringBack: { type: 'number', required: true },
        stopped: { type: record<NonNullable<PlanNote['stopped']>>() },
        consent: { type: record<NonNullable<PlanNote['consent']>>() },
      },
      indexes: {
        ofMount: {
          pk: { ...partition, composite: ['mountId'], template: 'mount#${mountId}' },
          sk: { ...sort, composite: ['madeAt', 'sha256'], template: 'plan#${madeAt}#${sha256}' },
        },
      },
    },
    connection,
  );
