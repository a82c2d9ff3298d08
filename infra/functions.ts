import { join } from 'node:path';
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  Code,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { VariableName } from '../functions/runtime/environment.ts';
import { defaultMaxThawUsd } from '../shared/domain/archive/thaw.ts';
import { createDeadLetterQueue } from './dead-letters.ts';
import type { CatalogRights, FunctionDescription, VaultRights } from './function-description.ts';
import { type FunctionName, functionTable } from './function-table.ts';
import { metricsNamespace, type Stage } from './stage.ts';
import type { StatefulStack } from './stateful-stack.ts';

export type Functions = Readonly<Record<FunctionName, LambdaFunction>>;

interface FunctionsProps {
  readonly stage: Stage;
  readonly stateful: StatefulStack;
  readonly eventBusArn: string;
  readonly eventBusName: string;
  /** Folder with `{function}/index.mjs`. */
  readonly bundles: string;
}

/** All functions of the table, each with a role of its own. State machine ARNs and rights are added by `connect`. */
export function createFunctions(scope: Construct, props: FunctionsProps): Functions {
  const parent = new Construct(scope, 'Functions');
  const entries = Object.entries<FunctionDescription>(functionTable).map(([name, description]) => [
    name,
    createFunction(parent, name, description, props),
  ]);
  return Object.fromEntries(entries) as Functions;
}

function createFunction(
  scope: Construct,
  name: string,
  description: FunctionDescription,
  props: FunctionsProps,
) {
  const { stage, stateful, bundles } = props;
  const logGroup = new LogGroup(scope, `${name}-logs`, {
    retention: stage.logRetentionDays as RetentionDays,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const role = new Role(scope, `${name}-role`, {
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    // The policy of the bucket knows the role by its name, for the bucket is there first.
    ...(description.vault?.deleteVersions && { roleName: stateful.deletingRoleName }),
  });
  logGroup.grantWrite(role);
  for (const statement of rightsOf(description, props)) role.addToPolicy(statement);
  const values: Partial<Record<VariableName, string>> = {
    METRICS_NAMESPACE: metricsNamespace(stage),
    TABLE_NAME: stateful.table.tableName,
    BUCKET_NAME: stateful.bucket.bucketName,
    EVENT_BUS_NAME: props.eventBusName,
    // Without Object Lock the workflow never calls the function that reads these.
    LOCK_MODE: stage.objectLock?.mode ?? 'governance',
    LOCK_DAYS: String(stage.objectLock?.days ?? 1),
    ARCHIVE_CLASS: stage.archive?.class ?? 'none',
    COLD_AFTER_DAYS: String(stage.archive?.coldAfterDays ?? 0),
    MAX_THAW_USD: String(stage.archive?.maxThawUsd ?? defaultMaxThawUsd),
    THAW_POLL_SECONDS: String(stage.thawPollSeconds),
    STORE_POLL_SECONDS: String(stage.storePollSeconds),
    BACKUP_QUOTA: String(stage.backupQuota),
  };
  const environment = Object.fromEntries(
    ['METRICS_NAMESPACE' as const, ...description.variables].flatMap((variable) => {
      const value = values[variable];
      return value === undefined ? [] : [[variable, value]];
    }),
  );
  return new LambdaFunction(scope, name, {
    description: description.description,
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    code: Code.fromAsset(join(bundles, name)),
    handler: 'index.handler',
    role,
    logGroup,
    memorySize: description.memoryMib ?? 512,
    timeout: description.timeout ?? Duration.seconds(30),
    environment,
    loggingFormat: LoggingFormat.JSON,
    // Traces by Lambda itself; see docs/adr/0005 for why no tracer runs inside.
    tracing: Tracing.ACTIVE,
    ...eventHandling(scope, name, description),
    ...reservedConcurrency(stage, description),
  });
}

/** What becomes of an event that fails: some more tries, then a queue that somebody looks at. */
const eventHandling = (scope: Construct, name: string, { events }: FunctionDescription) =>
  events && {
    retryAttempts: events.retries,
    maxEventAge: events.maxAge,
    deadLetterQueue: createDeadLetterQueue(scope, `${name}-dead-letters`),
  };

const reservedConcurrency = (stage: Stage, { concurrency }: FunctionDescription) =>
  stage.reserveConcurrency &&
  concurrency !== undefined && {
    reservedConcurrentExecutions: typeof concurrency === 'number' ? concurrency : stage[concurrency],
  };

/** The least a function needs, with every resource named. */
function rightsOf(
  { catalog, vault, publishes }: FunctionDescription,
  props: FunctionsProps,
): PolicyStatement[] {
  const statements: PolicyStatement[] = [];
  if (catalog !== undefined) statements.push(...catalogRights(catalog, props.stateful));
  if (vault !== undefined) statements.push(...vaultRights(vault, props.stateful));
  if (publishes) statements.push(allow(['events:PutEvents'], [props.eventBusArn]));
  return statements;
}

function catalogRights(
  { items = [], indexes = [] }: CatalogRights,
  { table }: StatefulStack,
): PolicyStatement[] {
  const statements: PolicyStatement[] = [];
  const actions = items.map((action) => `dynamodb:${action}`);
  if (actions.length > 0) statements.push(allow(actions, [table.tableArn]));
  const arns = indexes.map((name) => `${table.tableArn}/index/${name}`);
  if (arns.length > 0) statements.push(allow(['dynamodb:Query'], arns));
  return statements;
}

function vaultRights(
  { read, listVersions, put, signPut, deleteVersions, lock, markCold, thaw }: VaultRights,
  { bucket, key }: StatefulStack,
): PolicyStatement[] {
  const statements: PolicyStatement[] = [];
  const underMounts = (keys: readonly string[]) =>
    keys.map((pattern) => bucket.arnForObjects(`v1/mounts/${pattern}`));
  const mayRead = [...(read ?? []), ...(put ?? [])];
  const mayPut = [...(put ?? []), ...(signPut ?? [])];
  if (mayPut.length > 0) {
    statements.push(allow(['s3:PutObject'], underMounts(mayPut)));
    statements.push(allow(['kms:GenerateDataKey'], [key.keyArn]));
  }
  if (mayRead.length > 0) {
    statements.push(allow(['s3:GetObject'], underMounts(mayRead)));
    statements.push(allow(['kms:Decrypt'], [key.keyArn]));
    // Without the right to list, S3 answers a missing key with 403, and missing could not be told from forbidden.
    statements.push(allow(['s3:ListBucket'], [bucket.bucketArn]));
  }
  if (listVersions) statements.push(allow(['s3:ListBucketVersions'], [bucket.bucketArn]));
  if (lock !== undefined) {
    statements.push(allow(['s3:PutObjectRetention', 's3:GetObjectRetention'], underMounts(lock)));
  }
  if (markCold !== undefined) statements.push(allow(['s3:PutObjectTagging'], underMounts(markCold)));
  if (thaw !== undefined) statements.push(allow(['s3:RestoreObject'], underMounts(thaw)));
  if (deleteVersions !== undefined) {
    statements.push(allow(['s3:DeleteObjectVersion'], underMounts(deleteVersions)));
    // To say until when a version is locked that S3 refuses to delete.
    const looks = ['s3:GetObjectVersion', 's3:GetObjectRetention', 's3:GetObjectLegalHold'];
    statements.push(allow(looks, underMounts(deleteVersions)));
  }
  return statements;
}

export const allow = (actions: readonly string[], resources: readonly string[]) =>
  new PolicyStatement({ effect: Effect.ALLOW, actions: [...actions], resources: [...resources] });
