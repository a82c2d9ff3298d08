import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Catalog } from '../../ports/catalog.ts';
import { translateFailures } from '../failures.ts';
import { awsAlerts } from './catalog/alerts.ts';
import { awsCredentials } from './catalog/credentials.ts';
import { awsDatabases } from './catalog/databases.ts';
import { createEntities } from './catalog/entities.ts';
import { awsHolds } from './catalog/holds.ts';
import { awsMounts } from './catalog/mounts.ts';
import { awsOutbox } from './catalog/outbox.ts';
import { awsPlans } from './catalog/plans.ts';
import { awsRebuild } from './catalog/rebuild.ts';
import { awsRecoveryPoints } from './catalog/recovery-points.ts';
import { awsAgents, awsRequests } from './catalog/requests.ts';
import { awsRestores } from './catalog/restores.ts';
import { awsSchedules } from './catalog/schedules.ts';
import { awsStores } from './catalog/stores.ts';
import { awsUploads } from './catalog/uploads.ts';

/** The catalog in one DynamoDB table, laid out as `table.ts` says. */
export function createAwsCatalog({
  client,
  tableName,
}: {
  readonly client: DynamoDBClient;
  readonly tableName: string;
}): Catalog {
  // Optional fields that are given as undefined are left out, as in JSON.
  const documents = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
  const entities = createEntities({ client: documents, table: tableName });
  return {
    stores: translateFailures('catalog.stores', awsStores(entities)),
    credentials: translateFailures('catalog.credentials', awsCredentials(entities)),
    mounts: translateFailures('catalog.mounts', awsMounts(entities)),
    uploads: translateFailures('catalog.uploads', awsUploads(entities)),
    recoveryPoints: translateFailures('catalog.recoveryPoints', awsRecoveryPoints(entities)),
    databases: translateFailures('catalog.databases', awsDatabases(entities)),
    holds: translateFailures('catalog.holds', awsHolds(entities)),
    plans: translateFailures('catalog.plans', awsPlans(entities)),
    restores: translateFailures('catalog.restores', awsRestores(entities)),
    requests: translateFailures('catalog.requests', awsRequests(entities)),
    schedules: translateFailures('catalog.schedules', awsSchedules(entities)),
    agents: translateFailures('catalog.agents', awsAgents(entities)),
    alerts: translateFailures('catalog.alerts', awsAlerts(entities)),
    outbox: translateFailures('catalog.outbox', awsOutbox(entities)),
    rebuild: translateFailures('catalog.rebuild', awsRebuild(entities)),
  };
}
