import { Duration } from 'aws-cdk-lib';
import { byMountIndex, listingIndex, runningIndex } from '../shared/adapters/aws/table.ts';
import type { FunctionDescription } from './function-description.ts';

const apiTimeout = Duration.seconds(29);
const longest = Duration.minutes(15);
const journal = '*/journal/*';
const plans = '*/plans/*';
const packs = '*/uploads/*/packs/*';
const maps = '*/uploads/*/maps/*';
const logs = '*/uploads/*/logs/*';
const manifest = '*/uploads/*/manifest-*';
const logMaps = '*/uploads/*/logs/*.map.json.zst';
const deletions = '*/deletions/*';
const fileMaps = '*/uploads/*/file-map-*';
const judgements = '*/uploads/*/judgement-*';

// Who has no reserved concurrency, and why: it is a cap as well as a share. A capped authorizer or API function answers
// everybody with errors when one gateway storms; the tasks that record, journal and end run once a commit or restore, no
// oftener than their workflows, and must not wait behind each other.
export const functionTable = {
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
  'rebuild-catalog': {
    description: 'rebuild-catalog: mounts from their journals',
    variables: ['TABLE_NAME', 'BUCKET_NAME'],
    catalog: {
      items: ['GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem', 'ConditionCheckItem'],
      indexes: [listingIndex.name],
    },
    vault: { read: [journal, fileMaps], listVersions: true, put: [journal] },
    memoryMib: 2048,
    timeout: longest,
  },
  'document-api': { description: 'The OpenAPI document', variables: [], timeout: apiTimeout },
  'issue-credential': {
    description: 'Makes the first API keys; invoked with AWS credentials only',
    variables: ['TABLE_NAME'],
    catalog: { items: ['PutItem'] },
  },
  'verify-manifest': {
    description: 'commit-upload: the manifest and its tables',
    variables: ['TABLE_NAME', 'BUCKET_NAME'],
    catalog: { items: ['GetItem'] },
    vault: { read: [manifest, maps] },
    // Bounded: when every mount commits in the same minute, the API still finds room. Throttled tasks are tried again.
    concurrency: 'commitConcurrency',
    memoryMib: 2048,
    timeout: longest,
  },
  'verify-objects': {
    description: 'commit-upload: the stored objects',
    variables: ['TABLE_NAME', 'BUCKET_NAME'],
    catalog: { items: ['GetItem'] },
    vault: { read: [packs, maps, logs, manifest], listVersions: true },
    concurrency: 'commitConcurrency',
    memoryMib: 1024,
    timeout: longest,
  },
  'lock-objects': {
    description: 'commit-upload: locks what the point needs, where the vault has Object Lock',
    variables: ['TABLE_NAME', 'BUCKET_NAME', 'LOCK_MODE', 'LOCK_DAYS'],
    catalog: { items: ['GetItem'] },
    // S3 tells of a lock with the answer to HEAD, which is a read.
    vault: { read: [packs, maps, logs, manifest], lock: [packs, maps, logs, manifest] },
    memoryMib: 1024,
    timeout: longest,
  },
  'read-logs': {
    description: "commit-upload: what RMAN's logs say",
    variables: ['TABLE_NAME', 'BUCKET_NAME'],
    catalog: { items: ['GetItem'] },
    vault: { read: [logs, manifest], put: [logMaps] },
    memoryMib: 2048,
    timeout: longest,
  },
  'build-file-map': {
    description: 'commit-upload: which file belongs to which database',
    variables: ['TABLE_NAME', 'BUCKET_NAME'],
    catalog: { items: ['GetItem'] },
    vault: { read: [logMaps, manifest], put: [fileMaps] },
    memoryMib: 2048,
    timeout: longest,
  },
  'judge-recoverability': {
    description: 'commit-upload: what can be restored of each database',
    variables: ['TABLE_NAME', 'BUCKET_NAME'],
    catalog: { items: ['GetItem'] },
    vault: { read: [fileMaps], put: [judgements] },
    memoryMib: 2048,
    // A gateway keeps its snapshot until the point is recorded: what is not judged by then stays unknown.
    timeout: Duration.minutes(5),
  },
  'record-recovery-point': {
    description: 'commit-upload: makes the recovery point',
    variables: ['TABLE_NAME', 'BUCKET_NAME'],
    catalog: { items: ['GetItem', 'PutItem', 'UpdateItem'] },
    vault: { read: [manifest, fileMaps, judgements], put: ['*/uploads/*/recovery-point.json'] },
  },
  'store-journal': {
    description: 'commit-upload: brings the journal to the vault',
    variables: ['TABLE_NAME', 'BUCKET_NAME'],
    catalog: { items: ['GetItem', 'Query', 'UpdateItem', 'DeleteItem'] },
    vault: { put: [journal] },
    timeout: Duration.minutes(5),
  },
  'announce-recovery-point': {
    description: 'commit-upload: publishes the new point, and completes its request',
    variables: ['TABLE_NAME', 'EVENT_BUS_NAME'],
    catalog: { items: ['GetItem', 'UpdateItem', 'DeleteItem'] },
    publishes: true,
  },
  'refuse-commit': {
    description: 'commit-upload: opens the upload again',
    variables: ['TABLE_NAME'],
    catalog: { items: ['GetItem', 'UpdateItem'] },
  },
  'hand-over-restore': {
    description: 'restore-staging: gives the command to the store',
    variables: ['TABLE_NAME'],
    catalog: { items: ['GetItem', 'PutItem', 'UpdateItem', 'DeleteItem'] },
  },
  'end-restore': {
    description: 'restore-staging: records the end',
    variables: ['TABLE_NAME', 'BUCKET_NAME', 'EVENT_BUS_NAME'],
    catalog: {
      items: ['GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem'],
      indexes: [byMountIndex.name],
    },
    // To tell which databases and points damage costs, and which other point does not need what is damaged.
    vault: { read: [manifest, fileMaps] },
    publishes: true,
    memoryMib: 1024,
    timeout: Duration.minutes(5),
  },
  'follow-request': {
    description: 'backup-request: looks at the store, hands over, records the end',
    variables: ['TABLE_NAME', 'EVENT_BUS_NAME', 'STORE_POLL_SECONDS'],
    catalog: { items: ['GetItem', 'UpdateItem', 'PutItem', 'DeleteItem'] },
    publishes: true,
  },
  'find-due-mounts': {
    description: 'retention: the mounts that are due',
    variables: ['TABLE_NAME'],
    catalog: { items: ['GetItem', 'PutItem'], indexes: [runningIndex.name] },
  },
  'plan-retention': {
    description: 'retention: what the policy of a mount lets go',
    variables: ['TABLE_NAME', 'BUCKET_NAME'],
    catalog: { items: ['GetItem', 'Query', 'PutItem', 'UpdateItem'] },
    vault: { read: [fileMaps, judgements], put: [plans], listVersions: true },
    memoryMib: 2048,
    timeout: longest,
  },
  'expire-points': {
    description: 'retention: carries out a stored plan',
    variables: ['TABLE_NAME', 'BUCKET_NAME'],
    catalog: {
      items: ['GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem', 'ConditionCheckItem'],
    },
    vault: { read: [fileMaps, judgements, plans], put: [journal], listVersions: true },
    memoryMib: 2048,
    timeout: longest,
  },
  'find-deletions': {
    description: 'reclaim: what has to go',
    variables: ['TABLE_NAME'],
    catalog: { indexes: [runningIndex.name] },
  },
  'begin-reclaim': {
    description: 'reclaim: decides what of a point goes',
    variables: ['TABLE_NAME', 'BUCKET_NAME'],
    catalog: { items: ['GetItem', 'Query', 'PutItem', 'UpdateItem', 'ConditionCheckItem'] },
    vault: { read: [manifest, judgements], listVersions: true, put: [deletions] },
    memoryMib: 3008,
    timeout: longest,
  },
  'delete-objects': {
    description: 'reclaim, audit: deletes what was decided',
    variables: ['TABLE_NAME', 'BUCKET_NAME'],
    catalog: { items: ['GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem'] },
    vault: {
      read: [deletions, manifest],
      listVersions: true,
      put: [journal],
      deleteVersions: ['*/uploads/*'],
    },
    memoryMib: 3008,
    timeout: longest,
  },
  'archive-packs': {
    description: 'audit: old packs to the archive class; restore-staging: thaws those that a restore needs',
    variables: [
      'TABLE_NAME',
      'BUCKET_NAME',
      'ARCHIVE_CLASS',
      'COLD_AFTER_DAYS',
      'MAX_THAW_USD',
      'THAW_POLL_SECONDS',
    ],
    catalog: { items: ['GetItem', 'Query', 'PutItem', 'UpdateItem'] },
    vault: { read: [maps, manifest], markCold: [packs], thaw: [packs] },
    memoryMib: 3008,
    timeout: longest,
  },
  'find-audits': {
    description: 'audit: whose day it is',
    variables: ['TABLE_NAME'],
    catalog: { indexes: [listingIndex.name] },
  },
  'audit-mount': {
    description: 'audit: holds the vault against all tables of a mount',
    variables: ['TABLE_NAME', 'BUCKET_NAME'],
    catalog: { items: ['GetItem', 'Query', 'PutItem', 'UpdateItem'] },
    vault: { read: [packs, maps, logs, manifest], listVersions: true, put: [deletions] },
    memoryMib: 3008,
    timeout: longest,
  },
  watch: {
    description: 'Moves on what a crash left behind',
    variables: [
      'TABLE_NAME',
      'BUCKET_NAME',
      'EVENT_BUS_NAME',
      'COMMIT_STATE_MACHINE_ARN',
      'RESTORE_STATE_MACHINE_ARN',
      'REQUEST_STATE_MACHINE_ARN',
      'RETENTION_STATE_MACHINE_ARN',
      'RECLAIM_STATE_MACHINE_ARN',
      'AUDIT_STATE_MACHINE_ARN',
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
      indexes: [listingIndex.name, byMountIndex.name, runningIndex.name],
    },
    vault: { put: [journal] },
    starts: ['commit-upload', 'restore-staging', 'backup-request', 'retention', 'reclaim', 'audit'],
    publishes: true,
    timeout: longest,
    // The next run, minutes later, does what this one could not: older events say nothing new.
    events: { retries: 1, maxAge: Duration.minutes(5) },
    // One share is always its own, however busy the rest is; a second run at once would only do the same.
    concurrency: 1,
  },
  'take-late-log': {
    description: 'Reads logs that come after their commit',
    variables: ['TABLE_NAME', 'BUCKET_NAME'],
    catalog: { items: ['GetItem', 'PutItem', 'UpdateItem'], indexes: [byMountIndex.name] },
    vault: { read: [logs, manifest], put: [logMaps, fileMaps, judgements] },
    memoryMib: 2048,
    timeout: longest,
    events: { retries: 2, maxAge: Duration.hours(6) },
    // Runs for every log that is put, and for most of them at once finds that it is none of its own.
    concurrency: 5,
  },
  'note-object': {
    description: 'Notes objects that arrive for closed uploads',
    variables: ['TABLE_NAME'],
    catalog: { items: ['GetItem', 'UpdateItem'] },
    events: { retries: 2, maxAge: Duration.hours(6) },
    // Runs for every object that is put: a flood of them waits in Lambda's queue and leaves the account to others.
    concurrency: 5,
  },
} as const satisfies Record<string, FunctionDescription>;

export type FunctionName = keyof typeof functionTable;
