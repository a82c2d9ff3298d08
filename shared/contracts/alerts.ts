import * as z from 'zod';
import { alertKinds, severities } from '../domain/alerts/alert.ts';
import { alertId, count, instant, mountId, pageOf, pageQuery, storeId } from './primitives.ts';
import { readers, route } from './route.ts';

const state = z.enum(['open', 'closed']);

const alert = z.object({
  alertId,
  kind: z.enum(alertKinds),
  severity: z.enum(severities),
  storeId,
  mountId: mountId.optional(),
  database: z.string().optional().meta({ description: 'Its DBID, or its name at the agent of the store.' }),
  instance: z.string().optional().meta({ description: 'Of a cluster: the one that went down.' }),
  text: z.string(),
  hint: z.string().meta({ description: 'What to do about it.' }),
  state,
  raisedAt: instant,
  closedAt: instant.optional(),
  mails: count.meta({
    description:
      'A critical alert is mailed when it is raised, and after 24 and 72 hours; a warning once; information never.',
  }),
});

export const alertRoutes = {
  listAlerts: route({
    method: 'GET',
    path: '/v1/alerts',
    area: 'stores-api',
    roles: readers,
    summary: 'List what somebody has to look at, newest first; closed alerts are what was mended.',
    query: pageQuery.extend({ state: state.default('open') }),
    status: 200,
    response: pageOf(alert),
  }),
  showAlert: route({
    method: 'GET',
    path: '/v1/alerts/{alertId}',
    area: 'stores-api',
    roles: readers,
    summary: 'Show an alert.',
    params: z.object({ alertId }),
    status: 200,
    response: alert,
  }),
} as const;
