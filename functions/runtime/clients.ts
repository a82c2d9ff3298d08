import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { createAwsCatalog } from '../../shared/adapters/aws/catalog.ts';
import { createAwsEvents } from '../../shared/adapters/aws/events.ts';
import { createAwsVault } from '../../shared/adapters/aws/vault.ts';
import { createAwsWorkflows } from '../../shared/adapters/aws/workflows.ts';

// Endpoints, region and credentials come from the Lambda environment, which the SDK reads by itself.

export const awsCatalog = (tableName: string) =>
  createAwsCatalog({ client: new DynamoDBClient(), tableName });

export const awsVault = (bucketName: string) =>
  // A signed PUT must sign its SHA-256 and nothing else; the SDK would add a CRC32 by default.
  createAwsVault({ client: new S3Client({ requestChecksumCalculation: 'WHEN_REQUIRED' }), bucketName });

export const awsWorkflows = (arns: {
  commitStateMachineArn?: string;
  restoreStateMachineArn?: string;
  requestStateMachineArn?: string;
  rebuildStateMachineArn?: string;
  retentionStateMachineArn?: string;
  reclaimStateMachineArn?: string;
  auditStateMachineArn?: string;
}) => createAwsWorkflows({ client: new SFNClient(), ...arns });

export const awsEvents = (busName: string) => createAwsEvents({ client: new EventBridgeClient(), busName });
