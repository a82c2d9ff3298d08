import { Duration } from 'aws-cdk-lib';
import { byMountIndex, listingIndex, runningIndex } from '../../shared/adapters/aws/table.ts';
import { type FunctionDescription, longestTimeout } from '../function-description.ts';
import { fileMaps, journal, judgements, logMaps, logs, manifest } from './key-patterns.ts';

/** What sees to it that nothing stays behind: events, the watch, and the rebuild of the catalog. */
export const upkeepFunctions = {
  'rebuild-catalog': {
    description: 'rebuild-catalog: mounts from their journals',
    variables: ['TABLE_NAME', 'BUCKET_NAME'],
    catalog: {
      items: ['GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem', 'ConditionCheckItem'],
      indexes: [listingIndex.name],
    },
    vault: { read: [journal, fileMaps], listVersions: true, put: [journal] },
    memoryMib: 2048,
    timeout: longestTimeout,
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
    timeout: longestTimeout,
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
    timeout: longestTimeout,
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
