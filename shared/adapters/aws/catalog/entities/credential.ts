// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ElectroDB fills these templates in.
import { Entity } from 'electrodb';
import type { Credential } from '../../../../domain/store.ts';
import { partition, sort, type TableConnection, text } from './attributes.ts';

/**
 * All credentials share a partition, which makes their list strongly consistent. A partition takes 3,000 strong reads a
 * second; the authorizer reads a credential once a minute.
 */
export const credentialEntity = (connection: TableConnection) =>
  new Entity(
    {
      model: { service: 'holdfast', entity: 'credential', version: '1' },
      attributes: {
        credentialId: { type: text<Credential['credentialId']>(), required: true },
        role: { type: text<Credential['role']>(), required: true },
        storeId: { type: text<NonNullable<Credential['storeId']>>() },
        description: { type: 'string', required: true },
        secretSha256: { type: 'string', required: true },
        createdAt: { type: text<Credential['createdAt']>(), required: true },
        expiresAt: { type: text<NonNullable<Credential['expiresAt']>>() },
        revokedAt: { type: text<NonNullable<Credential['revokedAt']>>() },
      },
      indexes: {
        all: {
          pk: { ...partition, composite: [], template: 'credentials' },
          sk: { ...sort, composite: ['credentialId'], template: 'credential#${credentialId}' },
        },
      },
    },
    connection,
  );
