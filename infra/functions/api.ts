import { Duration } from 'aws-cdk-lib';
import { byMountIndex, listingIndex, runningIndex } from '../../shared/adapters/aws/table.ts';
import type { FunctionDescription } from '../function-description.ts';
import { fileMaps, journal, judgements, logs, manifest, maps, packs, plans } from './key-patterns.ts';

const apiTimeout = Duration.seconds(29);

/** What answers the API, and makes its first keys. */
export const apiFunctions = {
  authorizer: {
    description: 'Who calls the API',
    variables: ['TABLE_NAME'],
    catalog: { items: ['GetItem'] },
  },
  'stores-api': {
    description: 'Routes of stores and credentials',
    variables: ['TABLE_NAME', 'STORE_POLL_SECONDS'],
    catalog: {
      items: ['GetItem', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem'],
      indexes: [listingIndex.name, runningIndex.name],
    },
    timeout: apiTimeout,
  },
  'mounts-api': {
    description: 'Routes of mounts',
    variables: ['TABLE_NAME', 'BUCKET_NAME'],
    catalog: {
      items: ['GetItem', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem'],
      indexes: [listingIndex.name, runningIndex.name],
    },
    vault: { put: [journal] },
    timeout: apiTimeout,
  },
  'uploads-api': {
    description: "Routes of uploads; signs PUTs, and GETs of the parent's tables",
    variables: ['TABLE_NAME', 'BUCKET_NAME', 'COMMIT_STATE_MACHINE_ARN'],
    catalog: { items: ['GetItem', 'PutItem', 'UpdateItem'] },
    vault: { signPut: [packs, maps, logs, manifest], read: [packs, maps, manifest] },
    starts: ['commit-upload'],
    timeout: apiTimeout,
  },
  'recovery-points-api': {
    description: 'Routes of recovery points',
    variables: ['TABLE_NAME', 'BUCKET_NAME'],
    catalog: { items: ['GetItem'], indexes: [byMountIndex.name] },
    vault: { read: [manifest] },
    memoryMib: 1024,
    timeout: apiTimeout,
  },
  'retention-api': {
    description: 'Routes of policies, plans, holds and the deletion of recovery points',
    variables: ['TABLE_NAME', 'BUCKET_NAME'],
    catalog: {
      items: ['GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem', 'ConditionCheckItem'],
      indexes: [listingIndex.name],
    },
    vault: { read: [fileMaps, judgements], put: [journal, plans], listVersions: true },
    memoryMib: 1024,
    timeout: apiTimeout,
  },
  'databases-api': {
    description: 'Routes of databases and of the files of points by database',
    variables: ['TABLE_NAME', 'BUCKET_NAME'],
    catalog: { items: ['GetItem', 'Query'], indexes: [listingIndex.name] },
    vault: { read: [manifest, fileMaps, judgements] },
    memoryMib: 2048,
    timeout: apiTimeout,
  },
  'restores-api': {
    description: 'Routes of restores and their plans; signs GETs',
    variables: [
      'TABLE_NAME',
      'BUCKET_NAME',
      'EVENT_BUS_NAME',
      'RESTORE_STATE_MACHINE_ARN',
      'ARCHIVE_CLASS',
      'MAX_THAW_USD',
    ],
    catalog: {
      items: ['GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem', 'ConditionCheckItem'],
      indexes: [listingIndex.name, byMountIndex.name, runningIndex.name],
    },
    vault: { read: [packs, maps, logs, manifest, fileMaps, judgements] },
    starts: ['restore-staging'],
    answersTasks: true,
    publishes: true,
    // File maps and block maps are held whole.
    memoryMib: 2048,
    timeout: apiTimeout,
  },
  'administration-api': {
    description: 'The manual-backup calls and the backup verbs that scripts of other systems know',
    variables: [
      'TABLE_NAME',
      'BUCKET_NAME',
      'EVENT_BUS_NAME',
      'REQUEST_STATE_MACHINE_ARN',
      'BACKUP_QUOTA',
      'ARCHIVE_CLASS',
      'COLD_AFTER_DAYS',
      'MAX_THAW_USD',
    ],
    catalog: {
      items: [
        'GetItem',
        'BatchGetItem',
        'Query',
        'PutItem',
        'UpdateItem',
        'DeleteItem',
        'ConditionCheckItem',
      ],
      indexes: [listingIndex.name, byMountIndex.name],
    },
    vault: { read: [fileMaps, judgements], put: [journal, plans], listVersions: true },
    starts: ['backup-request'],
    answersTasks: true,
    publishes: true,
    memoryMib: 1024,
    timeout: apiTimeout,
  },
  'requests-api': {
    description: 'Routes of requests of backups',
    variables: ['TABLE_NAME', 'EVENT_BUS_NAME', 'REQUEST_STATE_MACHINE_ARN'],
    catalog: {
      items: ['GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem', 'ConditionCheckItem'],
      indexes: [listingIndex.name, byMountIndex.name],
    },
    starts: ['backup-request'],
    answersTasks: true,
    publishes: true,
    timeout: apiTimeout,
  },
  'catalog-api': {
    description: 'Routes of the catalog as a whole',
    variables: ['REBUILD_STATE_MACHINE_ARN'],
    starts: ['rebuild-catalog'],
    timeout: apiTimeout,
  },
  'document-api': { description: 'The OpenAPI document', variables: [], timeout: apiTimeout },
  'issue-credential': {
    description: 'Makes the first API keys; invoked with AWS credentials only',
    variables: ['TABLE_NAME'],
    catalog: { items: ['PutItem'] },
  },
} as const satisfies Record<string, FunctionDescription>;
