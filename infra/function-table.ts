import { Duration } from 'aws-cdk-lib';
import type { VariableName } from '../functions/runtime/environment.ts';

/** What a function may do in the vault; `keys` under `v1/mounts/`. */
export interface VaultRights {
  readonly read?: true;
  readonly listVersions?: true;
  readonly put?: readonly string[];
}

/** Everything that makes a function: what it reads from its environment and the least it must be allowed. */
export interface FunctionDescription {
  readonly description: string;
  readonly variables: readonly VariableName[];
  readonly catalog?: 'read' | 'write';
  readonly vault?: VaultRights;
  readonly starts?: readonly ('commit-upload' | 'restore-staging')[];
  /** May answer tasks that wait for a token. */
  readonly answersTasks?: true;
  readonly publishes?: true;
  readonly memoryMib?: number;
  readonly timeout?: Duration;
}

const apiTimeout = Duration.seconds(29);
const longest = Duration.minutes(15);
const journal = '*/journal/*';

export const functionTable = {
  authorizer: { description: 'Who calls the API', variables: ['TABLE_NAME'], catalog: 'read' },
  'stores-api': {
    description: 'Routes of stores and credentials',
    variables: ['TABLE_NAME', 'STORE_POLL_SECONDS'],
    catalog: 'write',
    timeout: apiTimeout,
  },
  'mounts-api': {
    description: 'Routes of mounts',
    variables: ['TABLE_NAME', 'BUCKET_NAME'],
    catalog: 'write',
    vault: { put: [journal] },
    timeout: apiTimeout,
  },
  'uploads-api': {
    description: 'Routes of uploads; signs PUTs',
    variables: ['TABLE_NAME', 'BUCKET_NAME', 'COMMIT_STATE_MACHINE_ARN'],
    catalog: 'write',
    vault: {
      put: ['*/uploads/*/packs/*', '*/uploads/*/maps/*', '*/uploads/*/logs/*', '*/uploads/*/manifest-*'],
    },
    starts: ['commit-upload'],
    timeout: apiTimeout,
  },
  'recovery-points-api': {
    description: 'Routes of recovery points',
    variables: ['TABLE_NAME', 'BUCKET_NAME'],
    catalog: 'read',
    vault: { read: true },
    memoryMib: 1024,
    timeout: apiTimeout,
  },
  'restores-api': {
    description: 'Routes of restores; signs GETs',
    variables: ['TABLE_NAME', 'BUCKET_NAME', 'RESTORE_STATE_MACHINE_ARN'],
    catalog: 'write',
    vault: { read: true },
    starts: ['restore-staging'],
    answersTasks: true,
    timeout: apiTimeout,
  },
  'document-api': { description: 'The OpenAPI document', variables: [], timeout: apiTimeout },
  'issue-credential': {
    description: 'Makes the first API keys; invoked with AWS credentials only',
    variables: ['TABLE_NAME'],
    catalog: 'write',
  },
  'verify-manifest': {
    description: 'commit-upload: the manifest and its tables',
    variables: ['TABLE_NAME', 'BUCKET_NAME'],
    catalog: 'read',
    vault: { read: true },
    memoryMib: 2048,
    timeout: longest,
  },
  'verify-objects': {
    description: 'commit-upload: the stored objects',
    variables: ['TABLE_NAME', 'BUCKET_NAME'],
    catalog: 'read',
    vault: { read: true, listVersions: true },
    memoryMib: 1024,
    timeout: longest,
  },
  'record-recovery-point': {
    description: 'commit-upload: makes the recovery point',
    variables: ['TABLE_NAME', 'BUCKET_NAME'],
    catalog: 'write',
    vault: { put: ['*/uploads/*/recovery-point.json'] },
  },
  'store-journal': {
    description: 'commit-upload: brings the journal to the vault',
    variables: ['TABLE_NAME', 'BUCKET_NAME'],
    catalog: 'write',
    vault: { put: [journal] },
    timeout: Duration.minutes(5),
  },
  'announce-recovery-point': {
    description: 'commit-upload: publishes the new point',
    variables: ['TABLE_NAME', 'EVENT_BUS_NAME'],
    catalog: 'read',
    publishes: true,
  },
  'refuse-commit': {
    description: 'commit-upload: opens the upload again',
    variables: ['TABLE_NAME'],
    catalog: 'write',
  },
  'hand-over-restore': {
    description: 'restore-staging: gives the command to the store',
    variables: ['TABLE_NAME'],
    catalog: 'write',
  },
  'end-restore': {
    description: 'restore-staging: records the end',
    variables: ['TABLE_NAME', 'EVENT_BUS_NAME'],
    catalog: 'write',
    publishes: true,
  },
  watch: {
    description: 'Moves on what a crash left behind',
    variables: [
      'TABLE_NAME',
      'BUCKET_NAME',
      'EVENT_BUS_NAME',
      'COMMIT_STATE_MACHINE_ARN',
      'RESTORE_STATE_MACHINE_ARN',
    ],
    catalog: 'write',
    vault: { put: [journal] },
    starts: ['commit-upload', 'restore-staging'],
    publishes: true,
    timeout: longest,
  },
  'note-object': {
    description: 'Notes objects that arrive for closed uploads',
    variables: ['TABLE_NAME'],
    catalog: 'write',
  },
} as const satisfies Record<string, FunctionDescription>;

export type FunctionName = keyof typeof functionTable;
