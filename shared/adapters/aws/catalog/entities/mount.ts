// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ElectroDB fills these templates in.
import { Entity } from 'electrodb';
import type { JournalEntry } from '../../../../domain/journal.ts';
import type { Mount } from '../../../../domain/mount.ts';
import { listingIndex, runningIndex } from '../../table.ts';
import { numberInKey, partition, record, sort, type TableConnection, text } from './attributes.ts';

/** The mount, its recovery points and its outbox share the mount's partition. */
export const mountEntity = (connection: TableConnection) =>
  new Entity(
    {
      model: { service: 'holdfast', entity: 'mount', version: '1' },
      attributes: {
        mountId: { type: text<Mount['mountId']>(), required: true },
        storeId: { type: text<Mount['storeId']>(), required: true },
        name: { type: 'string', required: true },
        state: { type: text<Mount['state']>(), required: true },
        volumeId: { type: 'number', required: true },
        expire: { type: 'string', required: true },
        policy: { type: record<NonNullable<Mount['policy']>>() },
        dueAt: { type: text<NonNullable<Mount['dueAt']>>() },
        /** Which part of the index of due mounts it is in, and the mount itself; set with `dueAt`. */
        dueShard: { type: 'number' },
        dueMountId: { type: text<Mount['mountId']>() },
        expiries: { type: record<NonNullable<Mount['expiries']>>() },
        clearance: { type: record<NonNullable<Mount['clearance']>>() },
        maxPendingSnapshots: { type: 'number', required: true },
        quotaBytes: { type: 'number' },
        backupEvery: { type: 'string' },
        strategies: { type: record<NonNullable<Mount['strategies']>>() },
        createdAt: { type: text<Mount['createdAt']>(), required: true },
        seq: { type: 'number', required: true },
        headId: { type: text<NonNullable<Mount['headId']>>() },
        lineFrom: { type: 'number' },
        lineVersion: { type: 'number', required: true },
        epoch: { type: 'number', required: true },
        fence: { type: 'number', required: true },
        openUploadId: { type: text<NonNullable<Mount['openUploadId']>>() },
        journal: {
          type: 'map',
          required: true,
          properties: {
            number: { type: 'number', required: true },
            hash: { type: 'string', required: true },
            stored: { type: 'number', required: true },
          },
        },
        diverged: { type: record<NonNullable<Mount['diverged']>>() },
        reconciliation: { type: record<NonNullable<Mount['reconciliation']>>() },
        dataKeys: { type: record<NonNullable<Mount['dataKeys']>>() },
        coldThrough: { type: 'number' },
        orphans: { type: record<NonNullable<Mount['orphans']>>() },
        retirement: { type: record<NonNullable<Mount['retirement']>>() },
        deletion: { type: record<NonNullable<Mount['deletion']>>() },
        snapshotOrder: { type: record<NonNullable<Mount['snapshotOrder']>>() },
        storeReport: { type: record<NonNullable<Mount['storeReport']>>() },
      },
      indexes: {
        mount: {
          pk: { ...partition, composite: ['mountId'], template: 'mount#${mountId}' },
          sk: { ...sort, composite: [], template: 'mount' },
        },
        all: {
          index: listingIndex.name,
          pk: { field: listingIndex.partitionKey, casing: 'none', composite: [], template: 'mounts' },
          sk: { field: listingIndex.sortKey, casing: 'none', composite: ['mountId'], template: '${mountId}' },
        },
        byDue: {
          index: runningIndex.name,
          pk: {
            field: runningIndex.partitionKey,
            casing: 'none',
            composite: ['dueShard'],
            template: 'due-mounts#${dueShard}',
          },
          sk: {
            field: runningIndex.sortKey,
            casing: 'none',
            composite: ['dueAt', 'dueMountId'],
            template: '${dueAt}#${dueMountId}',
          },
        },
      },
    },
    connection,
  );

/** Which mounts a store has, in order of id. Never changed, so that a list of them needs no index. */
export const storeMountEntity = (connection: TableConnection) =>
  new Entity(
    {
      model: { service: 'holdfast', entity: 'store-mount', version: '1' },
      attributes: {
        storeId: { type: text<Mount['storeId']>(), required: true },
        mountId: { type: text<Mount['mountId']>(), required: true },
      },
      indexes: {
        ofStore: {
          pk: { ...partition, composite: ['storeId'], template: 'store#${storeId}' },
          sk: { ...sort, composite: ['mountId'], template: 'mount#${mountId}' },
        },
      },
    },
    connection,
  );

/** A mount's name is its own within its store: whoever puts this item first has the name. */
export const mountNameEntity = (connection: TableConnection) =>
  new Entity(
    {
      model: { service: 'holdfast', entity: 'mount-name', version: '1' },
      attributes: {
        storeId: { type: text<Mount['storeId']>(), required: true },
        name: { type: 'string', required: true },
        mountId: { type: text<Mount['mountId']>(), required: true },
      },
      indexes: {
        name: {
          pk: { ...partition, composite: ['storeId'], template: 'store#${storeId}' },
          sk: { ...sort, composite: ['name'], template: 'mount-name#${name}' },
        },
      },
    },
    connection,
  );

/** An entry of a mount's journal that is not yet known to lie in the vault. */
export const journalEntryEntity = (connection: TableConnection) =>
  new Entity(
    {
      model: { service: 'holdfast', entity: 'journal-entry', version: '1' },
      attributes: {
        mountId: { type: text<JournalEntry['mountId']>(), required: true },
        number: { type: 'number', required: true, padding: numberInKey },
        bytes: { type: 'string', required: true },
        sha256: { type: 'string', required: true },
      },
      indexes: {
        outbox: {
          pk: { ...partition, composite: ['mountId'], template: 'mount#${mountId}' },
          sk: { ...sort, composite: ['number'], template: 'journal#${number}' },
        },
      },
    },
    connection,
  );
