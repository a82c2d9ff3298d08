// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ElectroDB fills these templates in.
import { Entity } from 'electrodb';
import type { Restore, StoreCommand } from '../../../../domain/restore.ts';
import { byMountIndex, listingIndex, runningIndex } from '../../table.ts';
import { partition, record, sort, type TableConnection, text } from './attributes.ts';

const byId = { casing: 'none', composite: ['restoreId'], template: '${restoreId}' } as const;

export const restoreEntity = (connection: TableConnection) =>
  new Entity(
    {
      model: { service: 'holdfast', entity: 'restore', version: '1' },
      attributes: {
        restoreId: { type: text<Restore['restoreId']>(), required: true },
        jobId: { type: 'number', required: true },
        recoveryPointId: { type: text<Restore['recoveryPointId']>(), required: true },
        recoveryPointSeq: { type: 'number', required: true },
        mountId: { type: text<Restore['mountId']>(), required: true },
        storeId: { type: text<Restore['storeId']>(), required: true },
        targetMountId: { type: text<NonNullable<Restore['targetMountId']>>() },
        targetStoreId: { type: text<NonNullable<Restore['targetStoreId']>>() },
        manifestSha256: { type: 'string', required: true },
        state: { type: text<Restore['state']>(), required: true },
        /** Absent once it has ended: it leaves the index of running ones; `staged` while its files lie on the store. */
        isRunning: { type: text<'yes' | 'staged'>() },
        fence: { type: 'number', required: true },
        commandId: { type: text<NonNullable<Restore['commandId']>>() },
        taskToken: { type: 'string' },
        progress: { type: record<Restore['progress']>(), required: true },
        paths: { type: record<NonNullable<Restore['paths']>>() },
        owners: { type: record<NonNullable<Restore['owners']>>() },
        requestedAt: { type: text<Restore['requestedAt']>(), required: true },
        requestedBy: { type: 'string', required: true },
        deadline: { type: text<Restore['deadline']>(), required: true },
        reportedAt: { type: text<NonNullable<Restore['reportedAt']>>() },
        endedAt: { type: text<NonNullable<Restore['endedAt']>>() },
        reason: { type: 'string' },
        damage: { type: record<NonNullable<Restore['damage']>>() },
        lease: { type: 'string' },
        leaseUntil: { type: text<NonNullable<Restore['leaseUntil']>>() },
        staged: { type: record<NonNullable<Restore['staged']>>() },
        thaw: { type: record<NonNullable<Restore['thaw']>>() },
        clone: { type: record<NonNullable<Restore['clone']>>() },
      },
      indexes: {
        restore: {
          pk: { ...partition, composite: ['restoreId'], template: 'restore#${restoreId}' },
          sk: { ...sort, composite: [], template: 'restore' },
        },
        all: {
          index: listingIndex.name,
          pk: { field: listingIndex.partitionKey, casing: 'none', composite: [], template: 'restores' },
          sk: { field: listingIndex.sortKey, ...byId },
        },
        ofMount: {
          index: byMountIndex.name,
          pk: {
            field: byMountIndex.partitionKey,
            casing: 'none',
            composite: ['mountId'],
            template: 'restores#${mountId}',
          },
          sk: { field: byMountIndex.sortKey, ...byId },
        },
        running: {
          index: runningIndex.name,
          pk: {
            field: runningIndex.partitionKey,
            casing: 'none',
            composite: ['isRunning'],
            template: 'restores#${isRunning}',
          },
          sk: { field: runningIndex.sortKey, ...byId },
        },
      },
    },
    connection,
  );

/** What waits for a store's next poll, in order of id, which is order of time. */
export const commandEntity = (connection: TableConnection) =>
  new Entity(
    {
      model: { service: 'holdfast', entity: 'command', version: '1' },
      attributes: {
        commandId: { type: text<StoreCommand['commandId']>(), required: true },
        storeId: { type: text<StoreCommand['storeId']>(), required: true },
        kind: { type: text<StoreCommand['kind']>(), required: true },
        restoreId: { type: text<StoreCommand['restoreId']>(), required: true },
        fence: { type: 'number', required: true },
        deadline: { type: text<StoreCommand['deadline']>(), required: true },
        notBefore: { type: text<NonNullable<StoreCommand['notBefore']>>() },
      },
      indexes: {
        ofStore: {
          pk: { ...partition, composite: ['storeId'], template: 'store#${storeId}' },
          sk: { ...sort, composite: ['commandId'], template: 'command#${commandId}' },
        },
      },
    },
    connection,
  );
