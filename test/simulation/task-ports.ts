import type { MemoryVault } from '../../shared/adapters/memory/vault.ts';
import type { Catalog } from '../../shared/ports/catalog.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Events } from '../../shared/ports/events.ts';
import type { Ids } from '../../shared/ports/ids.ts';
import type { Workflows } from '../../shared/ports/workflows.ts';
import type { Task } from './scheduler.ts';

/** All that use cases depend on, for one task. */
export interface TaskPorts {
  readonly catalog: Catalog;
  readonly vault: MemoryVault;
  readonly workflows: Workflows;
  readonly events: Events;
  readonly clock: Clock;
  readonly ids: Ids;
}

/**
 * What is no step: signatures are made by whoever has the keys, without a request; and an index that is read part by part may show
 * the past anyway, whatever runs in between.
 */
const withoutStep: ReadonlySet<string> = new Set(['signPut', 'signGet', 'listDue']);

/** A port each of whose calls is a step of the task. */
export function stepping<Port extends object>(task: Task, port: Port, path = ''): Port {
  return new Proxy(port, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      const label = `${path}${String(name)}`;
      if (typeof member === 'object' && member !== null) return stepping(task, member, `${label}.`);
      if (typeof member !== 'function' || withoutStep.has(String(name))) return member;
      return (...args: unknown[]) => task.call(label, args, async () => Reflect.apply(member, target, args));
    },
  });
}

/** Lists that DynamoDB reads from an index: they may show what was true a while ago. */
const indexed = {
  uploads: ['listByState'],
  recoveryPoints: ['list', 'listDeleting'],
  restores: ['listRunning', 'list'],
  mounts: ['list', 'listDue'],
} as const satisfies { [Part in keyof Catalog]?: readonly (keyof Catalog[Part])[] };

/** The catalog with its indexes behind: `chooseOlder` gives another state of it, or undefined for the present one. */
export function lagging(catalog: Catalog, chooseOlder: () => Catalog | undefined): Catalog {
  const parts = Object.entries(indexed).map(([part, methods]) => {
    const present = catalog[part as keyof Catalog] as unknown as Record<
      string,
      (...args: unknown[]) => unknown
    >;
    const lists = methods.map((method) => [
      method,
      (...args: unknown[]) => {
        const isOfStore = part === 'mounts' && method === 'list' && JSON.stringify(args[0]) !== '{}';
        const source = isOfStore ? undefined : chooseOlder();
        const older = source?.[part as keyof Catalog] as unknown as typeof present | undefined;
        return (older ?? present)[method]?.(...args);
      },
    ]);
    return [part, { ...present, ...Object.fromEntries(lists) }];
  });
  return { ...catalog, ...Object.fromEntries(parts) };
}
