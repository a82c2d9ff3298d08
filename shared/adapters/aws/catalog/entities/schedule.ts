// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ElectroDB fills these templates in.
import { Entity } from 'electrodb';
import type { Schedule } from '../../../../domain/schedule/schedule.ts';
import { listingIndex, runningIndex } from '../../table.ts';
import { partition, record, sort, type TableConnection, text } from './attributes.ts';

export const scheduleEntity = (connection: TableConnection) =>
  new Entity(
    {
      model: { service: 'holdfast', entity: 'schedule', version: '1' },
      attributes: {
        scheduleId: { type: text<Schedule['scheduleId']>(), required: true },
        name: { type: 'string', required: true },
        storeId: { type: text<Schedule['storeId']>(), required: true },
        mountId: { type: text<Schedule['mountId']>(), required: true },
        database: { type: 'string', required: true },
        content: { type: text<Schedule['content']>(), required: true },
        order: { type: record<NonNullable<Schedule['order']>>() },
        expire: { type: 'string' },
        enabled: { type: 'boolean', required: true },
        cron: { type: 'string', required: true },
        timeZone: { type: 'string', required: true },
        window: { type: 'string', required: true },
        catchUp: { type: 'string', required: true },
        blackouts: { type: record<Schedule['blackouts']>(), required: true },
        createdAt: { type: text<Schedule['createdAt']>(), required: true },
        createdBy: { type: 'string', required: true },
        version: { type: 'number', required: true },
        nextAt: { type: text<NonNullable<Schedule['nextAt']>>() },
        lookAt: { type: text<NonNullable<Schedule['lookAt']>>() },
        /** Which part of the index of due schedules it is in, and the schedule itself; set with `lookAt`. */
        dueShard: { type: 'number' },
        dueScheduleId: { type: text<Schedule['scheduleId']>() },
        longestGapMillis: { type: 'number' },
        run: { type: record<NonNullable<Schedule['run']>>() },
        waiting: { type: record<NonNullable<Schedule['waiting']>>() },
        missed: { type: record<NonNullable<Schedule['missed']>>() },
      },
      indexes: {
        schedule: {
          pk: { ...partition, composite: ['scheduleId'], template: 'schedule#${scheduleId}' },
          sk: { ...sort, composite: [], template: 'schedule' },
        },
        all: {
          index: listingIndex.name,
          pk: { field: listingIndex.partitionKey, casing: 'none', composite: [], template: 'schedules' },
          sk: {
            field: listingIndex.sortKey,
            casing: 'none',
            composite: ['scheduleId'],
            template: '${scheduleId}',
          },
        },
        byDue: {
          index: runningIndex.name,
          pk: {
            field: runningIndex.partitionKey,
            casing: 'none',
            composite: ['dueShard'],
            template: 'due-schedules#${dueShard}',
          },
          sk: {
            field: runningIndex.sortKey,
            casing: 'none',
            composite: ['lookAt', 'dueScheduleId'],
            template: '${lookAt}#${dueScheduleId}',
          },
        },
      },
    },
    connection,
  );

/** Whoever puts this item has the name within the database. They lie with their store, in the order of the lists. */
export const scheduleNameEntity = (connection: TableConnection) =>
  new Entity(
    {
      model: { service: 'holdfast', entity: 'schedule-name', version: '1' },
      attributes: {
        storeId: { type: text<Schedule['storeId']>(), required: true },
        database: { type: 'string', required: true },
        name: { type: 'string', required: true },
        scheduleId: { type: text<Schedule['scheduleId']>(), required: true },
      },
      indexes: {
        ofStore: {
          pk: { ...partition, composite: ['storeId'], template: 'store#${storeId}' },
          sk: { ...sort, composite: ['database', 'name'], template: 'schedule#${database}#${name}' },
        },
      },
    },
    connection,
  );
