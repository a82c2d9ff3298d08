import * as z from 'zod';
import { agentDatabaseName, backupLevel as level } from './backup-commands.ts';
import { expire, mountId } from './primitives.ts';
import { readers, route } from './route.ts';

const order = z.union([z.strictObject({ level }), z.strictObject({ incremental: z.literal(true) })]).meta({
  description:
    'What a backup is whose request says nothing; the service chooses its parent, and the first is full.',
});

/** Field by field: what a request says wins, then the strategy of the database, then the settings of the mount. */
const strategy = z.object({
  database: agentDatabaseName,
  expire,
  expireFrom: z.enum(['database', 'mount']),
  order,
  orderFrom: z.enum(['database', 'default']),
});

/** It takes the place of the whole strategy: what is left out is not the database's own any more. */
const setStrategyRequest = z
  .strictObject({ expire: expire.exactOptional(), order: order.exactOptional() })
  .refine((fields) => Object.keys(fields).length > 0, 'names nothing to set');

const ofMount = z.object({ mountId });
const ofDatabase = z.object({ mountId, database: agentDatabaseName });

export const strategyRoutes = {
  listStrategies: route({
    method: 'GET',
    path: '/v1/mounts/{mountId}/strategies',
    area: 'mounts-api',
    roles: readers,
    summary: 'List the databases of a mount that have a strategy of their own, with what holds for them.',
    params: ofMount,
    status: 200,
    response: z.object({ items: z.array(strategy) }),
  }),
  showStrategy: route({
    method: 'GET',
    path: '/v1/mounts/{mountId}/strategies/{database}',
    area: 'mounts-api',
    roles: readers,
    summary:
      'Show what holds for the backups of a database where a request does not say it, and where it is from.',
    params: ofDatabase,
    status: 200,
    response: strategy,
  }),
  setStrategy: route({
    method: 'PUT',
    path: '/v1/mounts/{mountId}/strategies/{database}',
    area: 'mounts-api',
    roles: ['admin'],
    summary: 'Create or replace the strategy of a database.',
    params: ofDatabase,
    body: setStrategyRequest,
    status: 200,
    response: strategy,
  }),
  removeStrategy: route({
    method: 'DELETE',
    path: '/v1/mounts/{mountId}/strategies/{database}',
    area: 'mounts-api',
    roles: ['admin'],
    summary: 'Remove the strategy of a database: the settings of its mount hold again.',
    params: ofDatabase,
    status: 200,
    response: strategy,
  }),
} as const;
