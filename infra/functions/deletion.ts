import { listingIndex, runningIndex } from '../../shared/adapters/aws/table.ts';
import { type FunctionDescription, longestTimeout } from '../function-description.ts';
import {
  deletions,
  fileMaps,
  journal,
  judgements,
  logs,
  manifest,
  maps,
  packs,
  plans,
} from './key-patterns.ts';

/** The tasks of retention, reclaim and audit. */
export const deletionFunctions = {
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
    timeout: longestTimeout,
  },
  'expire-points': {
    description: 'retention: carries out a stored plan',
    variables: ['TABLE_NAME', 'BUCKET_NAME'],
    catalog: {
      items: ['GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem', 'ConditionCheckItem'],
    },
    vault: { read: [fileMaps, judgements, plans], put: [journal], listVersions: true },
    memoryMib: 2048,
    timeout: longestTimeout,
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
    timeout: longestTimeout,
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
    timeout: longestTimeout,
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
    timeout: longestTimeout,
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
    timeout: longestTimeout,
  },
} as const satisfies Record<string, FunctionDescription>;
