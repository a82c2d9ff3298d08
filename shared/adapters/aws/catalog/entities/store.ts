// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ElectroDB fills these templates in.
import { Entity } from 'electrodb';
import type { ActivationCode, Store } from '../../../../domain/store.ts';
import { partition, record, sort, type TableConnection, text } from './attributes.ts';

/**
 * All stores share a partition, which makes their list strongly consistent. A partition takes 1,000 writes a second:
 * the heartbeats of 30,000 idle gateways.
 */
export const storeEntity = (connection: TableConnection) =>
  new Entity(
    {
      model: { service: 'holdfast', entity: 'store', version: '1' },
      attributes: {
        storeId: { type: text<Store['storeId']>(), required: true },
        name: { type: 'string', required: true },
        state: { type: text<Store['state']>(), required: true },
        createdAt: { type: text<Store['createdAt']>(), required: true },
        activatedAt: { type: text<NonNullable<Store['activatedAt']>>() },
        credentialId: { type: text<NonNullable<Store['credentialId']>>() },
        lastSeenAt: { type: text<NonNullable<Store['lastSeenAt']>>() },
        gatewayVersion: { type: 'string' },
        clockAheadSeconds: { type: 'number' },
        capabilities: { type: record<NonNullable<Store['capabilities']>>() },
        decommissioningAt: { type: text<NonNullable<Store['decommissioningAt']>>() },
        decommissionedAt: { type: text<NonNullable<Store['decommissionedAt']>>() },
        replacedAt: { type: text<NonNullable<Store['replacedAt']>>() },
        lastPoll: { type: record<NonNullable<Store['lastPoll']>>() },
        forked: { type: record<NonNullable<Store['forked']>>() },
      },
      indexes: {
        all: {
          pk: { ...partition, composite: [], template: 'stores' },
          sk: { ...sort, composite: ['storeId'], template: 'store#${storeId}' },
        },
      },
    },
    connection,
  );

/** A store's name is its own: whoever puts this item first has the name. */
export const storeNameEntity = (connection: TableConnection) =>
  new Entity(
    {
      model: { service: 'holdfast', entity: 'store-name', version: '1' },
      attributes: {
        name: { type: 'string', required: true },
        storeId: { type: text<Store['storeId']>(), required: true },
      },
      indexes: {
        name: {
          pk: { ...partition, composite: ['name'], template: 'store-name#${name}' },
          sk: { ...sort, composite: [], template: 'store-name' },
        },
      },
    },
    connection,
  );

export const activationCodeEntity = (connection: TableConnection) =>
  new Entity(
    {
      model: { service: 'holdfast', entity: 'activation-code', version: '1' },
      attributes: {
        codeSha256: { type: 'string', required: true },
        storeId: { type: text<ActivationCode['storeId']>(), required: true },
        expiresAt: { type: text<ActivationCode['expiresAt']>(), required: true },
        usedAt: { type: text<NonNullable<ActivationCode['usedAt']>>() },
        isReplacement: { type: 'boolean' },
      },
      indexes: {
        code: {
          pk: { ...partition, composite: ['codeSha256'], template: 'activation-code#${codeSha256}' },
          sk: { ...sort, composite: [], template: 'activation-code' },
        },
      },
    },
    connection,
  );
