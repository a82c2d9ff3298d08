// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ElectroDB fills these templates in.
import { Entity } from 'electrodb';
import type { RecoveryPoint } from '../../../../domain/recovery-point.ts';
import { byMountIndex, runningIndex } from '../../table.ts';
import { numberInKey, partition, record, sort, type TableConnection, text } from './attributes.ts';

/**
 * Points lie under their mount in order of seq, so that a point's neighbours can be read strongly from the table.
 * A point is found by its id through its upload, which carries mount and seq.
 */
export const recoveryPointEntity = (connection: TableConnection) =>
  new Entity(
    {
      model: { service: 'holdfast', entity: 'recovery-point', version: '1' },
      attributes: {
        recoveryPointId: { type: text<RecoveryPoint['recoveryPointId']>(), required: true },
        mountId: { type: text<RecoveryPoint['mountId']>(), required: true },
        /** The mount, absent on a tombstone: tombstones leave the index. */
        listedMountId: { type: text<RecoveryPoint['mountId']>() },
        storeId: { type: text<RecoveryPoint['storeId']>(), required: true },
        seq: { type: 'number', required: true, padding: numberInKey },
        state: { type: text<RecoveryPoint['state']>(), required: true },
        parentId: { type: text<NonNullable<RecoveryPoint['parentId']>>() },
        snapName: { type: 'string', required: true },
        takenAt: { type: text<RecoveryPoint['takenAt']>(), required: true },
        committedAt: { type: text<RecoveryPoint['committedAt']>(), required: true },
        expiresAt: { type: text<RecoveryPoint['expiresAt']>(), required: true },
        expire: { type: 'string' },
        request: { type: record<NonNullable<RecoveryPoint['request']>>() },
        manifestSha256: { type: 'string', required: true },
        manifestBytes: { type: 'number', required: true },
        totals: { type: record<RecoveryPoint['totals']>(), required: true },
        fileMap: { type: record<NonNullable<RecoveryPoint['fileMap']>>() },
        judgement: { type: record<NonNullable<RecoveryPoint['judgement']>>() },
        warnings: { type: record<NonNullable<RecoveryPoint['warnings']>>() },
        damage: { type: record<NonNullable<RecoveryPoint['damage']>>() },
        lateLogs: { type: record<NonNullable<RecoveryPoint['lateLogs']>>() },
        deletion: { type: record<NonNullable<RecoveryPoint['deletion']>>() },
        /** Set while it is pending or reclaiming: the index of what has to go, by the time when it is to be looked at, and id. */
        deletingList: { type: text<'deleting'>() },
        deletingPlace: { type: 'string' },
        lockedUntil: { type: text<NonNullable<RecoveryPoint['lockedUntil']>>() },
        /** `upload:{id}`, `restore:{id}`, `request:{id}`; absent when there is none. */
        pins: { type: 'set', items: 'string' },
      },
      indexes: {
        line: {
          pk: { ...partition, composite: ['mountId'], template: 'mount#${mountId}' },
          sk: { ...sort, composite: ['seq'], template: 'point#${seq}' },
        },
        byTakenAt: {
          index: byMountIndex.name,
          pk: {
            field: byMountIndex.partitionKey,
            casing: 'none',
            composite: ['listedMountId'],
            template: 'points#${listedMountId}',
          },
          sk: {
            field: byMountIndex.sortKey,
            casing: 'none',
            composite: ['takenAt', 'recoveryPointId'],
            template: '${takenAt}#${recoveryPointId}',
          },
        },
        byDeletingPlace: {
          index: runningIndex.name,
          pk: {
            field: runningIndex.partitionKey,
            casing: 'none',
            composite: ['deletingList'],
            template: 'points#${deletingList}',
          },
          sk: {
            field: runningIndex.sortKey,
            casing: 'none',
            composite: ['deletingPlace'],
            template: '${deletingPlace}',
          },
        },
      },
    },
    connection,
  );
