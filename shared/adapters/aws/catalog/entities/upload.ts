// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ElectroDB fills these templates in.
import { Entity } from 'electrodb';
import type { Upload } from '../../../../domain/upload.ts';
import { runningIndex } from '../../table.ts';
import { partition, record, sort, type TableConnection, text } from './attributes.ts';

export const uploadEntity = (connection: TableConnection) =>
  new Entity(
    {
      model: { service: 'holdfast', entity: 'upload', version: '1' },
      attributes: {
        uploadId: { type: text<Upload['uploadId']>(), required: true },
        mountId: { type: text<Upload['mountId']>(), required: true },
        storeId: { type: text<Upload['storeId']>(), required: true },
        state: { type: text<Upload['state']>(), required: true },
        /**
         * The state while it is one of the running ones, absent after: an upload that has ended leaves the index. A closed one
         * comes back as `closing` when an object arrives for it after all.
         */
        runningState: { type: text<'open' | 'committing' | 'closing'>() },
        snapshotId: { type: 'string', required: true },
        snapName: { type: 'string', required: true },
        fence: { type: 'number', required: true },
        epoch: { type: 'number', required: true },
        parent: { type: record<NonNullable<Upload['parent']>>() },
        requestedAt: { type: text<Upload['requestedAt']>(), required: true },
        openedAt: { type: text<Upload['openedAt']>(), required: true },
        deadline: { type: text<Upload['deadline']>(), required: true },
        leaseUntil: { type: text<Upload['leaseUntil']>(), required: true },
        urlUntil: { type: text<Upload['urlUntil']>(), required: true },
        requestId: { type: text<NonNullable<Upload['requestId']>>() },
        expire: { type: 'string' },
        commit: { type: record<NonNullable<Upload['commit']>>() },
        refusal: { type: record<NonNullable<Upload['refusal']>>() },
        closeReason: { type: 'string' },
        lateObjectAt: { type: text<NonNullable<Upload['lateObjectAt']>>() },
        closedAt: { type: text<NonNullable<Upload['closedAt']>>() },
        blockedUntil: { type: text<NonNullable<Upload['blockedUntil']>>() },
        seq: { type: 'number' },
        journalNumber: { type: 'number' },
      },
      indexes: {
        upload: {
          pk: { ...partition, composite: ['uploadId'], template: 'upload#${uploadId}' },
          sk: { ...sort, composite: [], template: 'upload' },
        },
        byState: {
          index: runningIndex.name,
          pk: {
            field: runningIndex.partitionKey,
            casing: 'none',
            composite: ['runningState'],
            template: 'uploads#${runningState}',
          },
          sk: {
            field: runningIndex.sortKey,
            casing: 'none',
            composite: ['openedAt', 'uploadId'],
            template: '${openedAt}#${uploadId}',
          },
        },
      },
    },
    connection,
  );

/** Which upload a mount's snapshot has: opening twice for one snapshot must not make two. */
export const snapshotEntity = (connection: TableConnection) =>
  new Entity(
    {
      model: { service: 'holdfast', entity: 'snapshot', version: '1' },
      attributes: {
        mountId: { type: text<Upload['mountId']>(), required: true },
        snapshotId: { type: 'string', required: true },
        uploadId: { type: text<Upload['uploadId']>(), required: true },
      },
      indexes: {
        snapshot: {
          pk: { ...partition, composite: ['mountId'], template: 'mount#${mountId}' },
          sk: { ...sort, composite: ['snapshotId'], template: 'snapshot#${snapshotId}' },
        },
      },
    },
    connection,
  );
