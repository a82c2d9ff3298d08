import { Duration } from 'aws-cdk-lib';
import { byMountIndex } from '../../shared/adapters/aws/table.ts';
import type { FunctionDescription } from '../function-description.ts';
import { fileMaps, manifest } from './key-patterns.ts';

/** The tasks of what is handed over to stores: restores and requests of backups. */
export const orderFunctions = {
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
} as const satisfies Record<string, FunctionDescription>;
