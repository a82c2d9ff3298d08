import { createHash } from 'node:crypto';
import type { Delivery } from './delivery-store.ts';

/** Scheduler gives each attempt an id of its own. */
export const executionIdOf = ({ id, attempts }: Delivery): string =>
  createHash('sha256').update(`${id}/${attempts}`).digest('hex').slice(0, 16);

/** The payload of this attempt: with the context attributes that EventBridge Scheduler knows. */
export const fillContextAttributes = (delivery: Delivery): string => {
  const { payload, attempts, target } = delivery;
  if (target.origin.kind !== 'schedule') return payload;
  return payload
    .replaceAll('<aws.scheduler.scheduled-time>', toSeconds(target.origin.scheduledAt))
    .replaceAll('<aws.scheduler.schedule-arn>', target.origin.arn)
    .replaceAll('<aws.scheduler.execution-id>', executionIdOf(delivery))
    .replaceAll('<aws.scheduler.attempt-number>', String(attempts + 1));
};

/** `2026-11-21T02:30:00Z`: EventBridge and Scheduler give whole seconds. */
export const toSeconds = (timeMs: number): string => new Date(timeMs).toISOString().replace(/\.\d+Z$/, 'Z');
