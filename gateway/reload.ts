import { isDeepStrictEqual } from 'node:util';
import { ConfigError, type GatewayConfig } from './config.ts';

/** What is read anew wherever it is used, so that work under way need not stop for a change. */
const changeable = [
  'allowedClients',
  'databases',
  'encryption',
  'keepSnapshots',
  'log',
  'maxLogBytes',
  'network',
  'timing',
  'upload',
] as const;

/**
 * Makes `next` the running configuration, or throws ConfigError with the names of what only a restart can change; then
 * nothing is changed. `given` is what the running one was read as. Answers the names of what changed.
 */
export function applyChanges(running: GatewayConfig, given: GatewayConfig, next: GatewayConfig): string[] {
  const keys = new Set([...Object.keys(given), ...Object.keys(next)] as (keyof GatewayConfig)[]);
  const isChangeable = (key: keyof GatewayConfig) => changeable.some((name) => name === key);
  const fixed = [...keys].filter((key) => !isChangeable(key) && !isDeepStrictEqual(given[key], next[key]));
  if (fixed.length > 0) {
    throw new ConfigError(
      `only a restart can change ${fixed.join(', ')}: the running configuration stays as it is`,
    );
  }
  const changed = changeable.filter((key) => !isDeepStrictEqual(running[key], next[key]));
  for (const key of changed) Object.assign(running, { [key]: next[key] });
  return changed;
}
