import * as z from 'zod';
import type { Deployment } from '../cloudformation/deployment.ts';
import type { TableDefinition } from '../dynamodb/tables.ts';
import { describeResource, parseProperties, withoutEffect } from './properties.ts';

const keySchema = z.array(z.strictObject({ AttributeName: z.string(), KeyType: z.enum(['HASH', 'RANGE']) }));

const index = z
  .strictObject({
    IndexName: z.string(),
    KeySchema: keySchema,
    Projection: z.strictObject({
      ProjectionType: z.enum(['ALL', 'KEYS_ONLY', 'INCLUDE']),
      NonKeyAttributes: z.array(z.string()).optional(),
    }),
    ...withoutEffect('ProvisionedThroughput', 'OnDemandThroughput', 'ContributorInsightsSpecification'),
    ...withoutEffect(
      'WriteOnDemandThroughputSettings',
      'WriteProvisionedThroughputSettings',
      'WarmThroughput',
    ),
  })
  .transform(({ IndexName, KeySchema, Projection }) => ({
    IndexName,
    KeySchema,
    Projection: {
      ProjectionType: Projection.ProjectionType,
      ...(Projection.NonKeyAttributes && { NonKeyAttributes: Projection.NonKeyAttributes }),
    },
  }));

const common = {
  TableName: z.string().optional(),
  KeySchema: keySchema,
  AttributeDefinitions: z.array(
    z.strictObject({ AttributeName: z.string(), AttributeType: z.enum(['S', 'N', 'B']) }),
  ),
  GlobalSecondaryIndexes: z.array(index).default([]),
  TimeToLiveSpecification: z
    .strictObject({ AttributeName: z.string().optional(), Enabled: z.boolean() })
    .optional(),
  ...withoutEffect('BillingMode', 'SSESpecification', 'WarmThroughput', 'Tags'),
};

/** Streams and local indexes are refused: they are not in the schemas. */
const tableSchema = z.strictObject({
  ...common,
  ...withoutEffect('ProvisionedThroughput', 'OnDemandThroughput', 'TableClass', 'DeletionProtectionEnabled'),
  ...withoutEffect('PointInTimeRecoverySpecification', 'ContributorInsightsSpecification', 'ResourcePolicy'),
});

const replica = z.strictObject({
  Region: z.string(),
  ...withoutEffect('ContributorInsightsSpecification', 'DeletionProtectionEnabled', 'GlobalSecondaryIndexes'),
  ...withoutEffect('PointInTimeRecoverySpecification', 'ReadOnDemandThroughputSettings', 'ResourcePolicy'),
  ...withoutEffect('ReadProvisionedThroughputSettings', 'SSESpecification', 'TableClass', 'Tags'),
});

const globalTableSchema = z.strictObject({
  ...common,
  Replicas: z.array(replica).max(1, 'replicas in other regions are not supported by the local AWS'),
  ...withoutEffect('WriteOnDemandThroughputSettings', 'WriteProvisionedThroughputSettings'),
});

/** The tables, of the classic type and of the global one that CDK's TableV2 makes. */
export const readTables = ({ resources }: Deployment): readonly TableDefinition[] =>
  resources.flatMap((resource) => {
    const isGlobal = resource.type === 'AWS::DynamoDB::GlobalTable';
    if (!isGlobal && resource.type !== 'AWS::DynamoDB::Table') return [];
    const properties = parseProperties(resource, isGlobal ? globalTableSchema : tableSchema);
    const ttl = properties.TimeToLiveSpecification;
    if (ttl?.Enabled === true && ttl.AttributeName === undefined) {
      throw new Error(`${describeResource(resource)}: TimeToLiveSpecification needs an AttributeName`);
    }
    return {
      tableName: resource.name,
      keySchema: properties.KeySchema,
      attributeDefinitions: properties.AttributeDefinitions,
      globalSecondaryIndexes: properties.GlobalSecondaryIndexes,
      ...(ttl?.Enabled === true &&
        ttl.AttributeName !== undefined && { timeToLiveAttribute: ttl.AttributeName }),
    };
  });
