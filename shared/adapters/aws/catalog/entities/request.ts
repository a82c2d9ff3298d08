// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ElectroDB fills these templates in.
import { Entity } from 'electrodb';
import type { AgentDatabase, BackupRequest } from '../../../../domain/backup-request.ts';
import { byMountIndex, listingIndex, runningIndex } from '../../table.ts';
import { partition, record, sort, type TableConnection, text } from './attributes.ts';

const byId = { casing: 'none', composite: ['requestId'], template: '${requestId}' } as const;

export const requestEntity = (connection: TableConnection) =>
  new Entity(
    {
      model: { service: 'holdfast', entity: 'request', version: '1' },
      attributes: {
        requestId: { type: text<BackupRequest['requestId']>(), required: true },
        backupNumber: { type: 'number', required: true },
        mountId: { type: text<BackupRequest['mountId']>(), required: true },
        storeId: { type: text<BackupRequest['storeId']>(), required: true },
        database: { type: 'string', required: true },
        content: { type: text<BackupRequest['content']>(), required: true },
        kind: { type: text<BackupRequest['kind']>(), required: true },
        windowEndsAt: { type: text<NonNullable<BackupRequest['windowEndsAt']>>() },
        schedule: { type: record<NonNullable<BackupRequest['schedule']>>() },
        level: { type: 'number' },
        askedLevel: { type: 'number' },
        fullBecause: { type: 'string' },
        parentId: { type: text<NonNullable<BackupRequest['parentId']>>() },
        parentSeq: { type: 'number' },
        parentLevel: { type: 'number' },
        name: { type: 'string' },
        description: { type: 'string' },
        expire: { type: 'string' },
        state: { type: text<BackupRequest['state']>(), required: true },
        /** Absent once it has ended: it leaves the index of running ones. */
        isRunning: { type: text<'yes'>() },
        owner: { type: text<BackupRequest['owner']>(), required: true },
        deadline: { type: text<BackupRequest['deadline']>(), required: true },
        fence: { type: 'number', required: true },
        commandId: { type: text<NonNullable<BackupRequest['commandId']>>() },
        taskToken: { type: 'string' },
        progress: { type: record<BackupRequest['progress']>(), required: true },
        uploadId: { type: text<NonNullable<BackupRequest['uploadId']>>() },
        requestedAt: { type: text<BackupRequest['requestedAt']>(), required: true },
        requestedBy: { type: 'string', required: true },
        startedAt: { type: text<NonNullable<BackupRequest['startedAt']>>() },
        reportedAt: { type: text<NonNullable<BackupRequest['reportedAt']>>() },
        endedAt: { type: text<NonNullable<BackupRequest['endedAt']>>() },
        reason: { type: 'string' },
        warnings: { type: record<NonNullable<BackupRequest['warnings']>>() },
      },
      indexes: {
        request: {
          pk: { ...partition, composite: ['requestId'], template: 'request#${requestId}' },
          sk: { ...sort, composite: [], template: 'request' },
        },
        all: {
          index: listingIndex.name,
          pk: { field: listingIndex.partitionKey, casing: 'none', composite: [], template: 'requests' },
          sk: { field: listingIndex.sortKey, ...byId },
        },
        ofDatabase: {
          index: byMountIndex.name,
          pk: {
            field: byMountIndex.partitionKey,
            casing: 'none',
            composite: ['storeId', 'database'],
            template: 'requests#${storeId}#${database}',
          },
          sk: { field: byMountIndex.sortKey, ...byId },
        },
        running: {
          index: runningIndex.name,
          pk: {
            field: runningIndex.partitionKey,
            casing: 'none',
            composite: ['isRunning'],
            template: 'requests#${isRunning}',
          },
          sk: { field: runningIndex.sortKey, ...byId },
        },
      },
    },
    connection,
  );

/** Whoever puts this item has the database: one request at a time. They lie with the store, whose polls read them. */
export const runningRequestEntity = (connection: TableConnection) =>
  new Entity(
    {
      model: { service: 'holdfast', entity: 'running-request', version: '1' },
      attributes: {
        storeId: { type: text<BackupRequest['storeId']>(), required: true },
        database: { type: 'string', required: true },
        requestId: { type: text<BackupRequest['requestId']>(), required: true },
      },
      indexes: {
        ofStore: {
          pk: { ...partition, composite: ['storeId'], template: 'store#${storeId}' },
          sk: { ...sort, composite: ['database'], template: 'running-request#${database}' },
        },
      },
    },
    connection,
  );

/** What the agent of a store can back up. */
export const agentEntity = (connection: TableConnection) =>
  new Entity(
    {
      model: { service: 'holdfast', entity: 'agent', version: '1' },
      attributes: {
        storeId: { type: text<BackupRequest['storeId']>(), required: true },
        databases: { type: record<readonly AgentDatabase[]>(), required: true },
        at: { type: text<BackupRequest['requestedAt']>(), required: true },
      },
      indexes: {
        ofStore: {
          pk: { ...partition, composite: ['storeId'], template: 'store#${storeId}' },
          sk: { ...sort, composite: [], template: 'agent' },
        },
      },
    },
    connection,
  );
