import { RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { AttributeType, Billing, ProjectionType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Key } from 'aws-cdk-lib/aws-kms';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { tableSchema } from '../shared/adapters/aws/table.ts';
import type { ArchiveClass } from '../shared/domain/archive/archive-class.ts';
import { createVaultBucket } from './vault-bucket.ts';

interface StatefulProps extends StackProps {
  /** Whether the vault has Object Lock: decided when it is made. */
  readonly hasLock?: boolean;
  /** Where old packs go. */
  readonly archiveClass?: ArchiveClass | undefined;
}

/** The vault, the catalog and the key. Everything here is kept when the stack is deleted. */
export class StatefulStack extends Stack {
  readonly key: Key;
  readonly bucket: Bucket;
  readonly table: TableV2;
  /** Of the role that alone may delete from the vault: fixed, for the bucket's policy names it before it exists. */
  readonly deletingRoleName: string;

  constructor(scope: Construct, id: string, { hasLock = false, archiveClass, ...props }: StatefulProps) {
    super(scope, id, { ...props, terminationProtection: true });
    this.key = new Key(this, 'Key', {
      description: 'Encrypts the vault',
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.deletingRoleName = `${this.stackName}-${this.region}-deletes`;
    this.bucket = createVaultBucket(this, 'Vault', this.key, {
      deletingRoleName: this.deletingRoleName,
      ...{ hasLock, archiveClass },
    });
    this.table = createCatalogTable(this);
    // Exported whether used or not: an export that came and went with its use could not be removed in the update that
    // no longer uses it, for this stack is updated first.
    this.exportValue(this.table.tableName);
    this.exportValue(this.table.tableArn);
    this.exportValue(this.bucket.bucketName);
    this.exportValue(this.bucket.bucketArn);
    this.exportValue(this.key.keyArn);
  }
}

function createCatalogTable(scope: Construct): TableV2 {
  const { partitionKey, sortKey, timeToLiveAttribute, indexes } = tableSchema;
  return new TableV2(scope, 'Catalog', {
    partitionKey: text(partitionKey),
    sortKey: text(sortKey),
    timeToLiveAttribute,
    billing: Billing.onDemand(),
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    deletionProtection: true,
    removalPolicy: RemovalPolicy.RETAIN,
    globalSecondaryIndexes: indexes.map((index) => ({
      indexName: index.name,
      partitionKey: text(index.partitionKey),
      sortKey: text(index.sortKey),
      projectionType: ProjectionType[index.projection],
    })),
  });
}

const text = (name: string) => ({ name, type: AttributeType.STRING });
