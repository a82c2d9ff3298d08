import { Duration } from 'aws-cdk-lib';
import { type FunctionDescription, longestTimeout } from '../function-description.ts';
import { fileMaps, journal, judgements, logMaps, logs, manifest, maps, packs } from './key-patterns.ts';

/** The tasks of commit-upload. */
export const commitFunctions = {
  'verify-manifest': {
    description: 'commit-upload: the manifest and its tables',
    variables: ['TABLE_NAME', 'BUCKET_NAME'],
    catalog: { items: ['GetItem'] },
    vault: { read: [manifest, maps] },
    // Bounded: when every mount commits in the same minute, the API still finds room. Throttled tasks are tried again.
    concurrency: 'commitConcurrency',
    memoryMib: 2048,
    timeout: longestTimeout,
  },
  'verify-objects': {
    description: 'commit-upload: the stored objects',
    variables: ['TABLE_NAME', 'BUCKET_NAME'],
    catalog: { items: ['GetItem'] },
    vault: { read: [packs, maps, logs, manifest], listVersions: true },
    concurrency: 'commitConcurrency',
    memoryMib: 1024,
    timeout: longestTimeout,
  },
  'lock-objects': {
    description: 'commit-upload: locks what the point needs, where the vault has Object Lock',
    variables: ['TABLE_NAME', 'BUCKET_NAME', 'LOCK_MODE', 'LOCK_DAYS'],
    catalog: { items: ['GetItem'] },
    // S3 tells of a lock with the answer to HEAD, which is a read.
    vault: { read: [packs, maps, logs, manifest], lock: [packs, maps, logs, manifest] },
    memoryMib: 1024,
    timeout: longestTimeout,
  },
  'read-logs': {
    description: "commit-upload: what RMAN's logs say",
    variables: ['TABLE_NAME', 'BUCKET_NAME'],
    catalog: { items: ['GetItem'] },
    vault: { read: [logs, manifest], put: [logMaps] },
    memoryMib: 2048,
    timeout: longestTimeout,
  },
  'build-file-map': {
    description: 'commit-upload: which file belongs to which database',
    variables: ['TABLE_NAME', 'BUCKET_NAME'],
    catalog: { items: ['GetItem'] },
    vault: { read: [logMaps, manifest], put: [fileMaps] },
    memoryMib: 2048,
    timeout: longestTimeout,
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
} as const satisfies Record<string, FunctionDescription>;
