// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ElectroDB fills these templates in.
import { Entity } from 'electrodb';
import { partition, sort, type TableConnection } from './attributes.ts';

/** A used idempotency key. Keyed by the hash of its scope, which holds what a caller made up. */
export const claimEntity = (connection: TableConnection) =>
  new Entity(
    {
      model: { service: 'holdfast', entity: 'claim', version: '1' },
      attributes: {
        scopeSha256: { type: 'string', required: true },
        requestSha256: { type: 'string', required: true },
        resourceId: { type: 'string', required: true },
        /** DynamoDB deletes the item some time after this. */
        forgetAtSeconds: { type: 'number', required: true },
      },
      indexes: {
        claim: {
          pk: { ...partition, composite: ['scopeSha256'], template: 'claim#${scopeSha256}' },
          sk: { ...sort, composite: [], template: 'claim' },
        },
      },
    },
    connection,
  );

/** Numbers that are given out one by one. */
export const counterEntity = (connection: TableConnection) =>
  new Entity(
    {
      model: { service: 'holdfast', entity: 'counter', version: '1' },
      attributes: {
        name: { type: 'string', required: true },
        value: { type: 'number', required: true },
      },
      indexes: {
        counter: {
          pk: { ...partition, composite: ['name'], template: 'counter#${name}' },
          sk: { ...sort, composite: [], template: 'counter' },
        },
      },
    },
    connection,
  );
