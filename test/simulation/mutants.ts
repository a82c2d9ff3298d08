import type { CatalogState } from '../../shared/adapters/memory/catalog/state.ts';
import { createMemoryCatalog } from '../../shared/adapters/memory/catalog.ts';
import { toInstant } from '../../shared/domain/instant.ts';
import { nextJournalEntry } from '../../shared/domain/journal.ts';
import type { RecoveryPoint } from '../../shared/domain/recovery-point.ts';
import type { Catalog } from '../../shared/ports/catalog.ts';
import type { Random } from './random.ts';
import type { TaskPorts } from './task-ports.ts';

/** The service with one of its safeguards taken away, between the use cases and the adapters: the simulation must notice. */
export interface Mutant {
  readonly name: string;
  /** What the violation says. */
  readonly found: RegExp;
  break(ports: TaskPorts, world: Breakable): TaskPorts;
}

interface Breakable {
  readonly state: CatalogState;
  readonly random: Random;
  readonly backups: readonly CatalogState[];
}

/** A port with some methods in the place of its own. */
const changing = <Port extends object>(port: Port, changed: Partial<Port>): Port =>
  new Proxy(port, {
    get: (target, name) => Reflect.get(name in changed ? changed : target, name) as unknown,
  });

const withPart = <Part extends keyof Catalog>(
  ports: TaskPorts,
  part: Part,
  changed: Partial<Catalog[Part]>,
): TaskPorts => ({
  ...ports,
  catalog: changing(ports.catalog, {
    [part]: changing(ports.catalog[part] as object, changed),
  } as Partial<Catalog>),
});

const withLine = (ports: TaskPorts, forget: (point: RecoveryPoint) => RecoveryPoint): TaskPorts =>
  withPart(ports, 'recoveryPoints', {
    line: async (mount, page) => {
      const found = await ports.catalog.recoveryPoints.line(mount, page);
      return { ...found, items: found.items.map((item) => ({ ...item, point: forget(item.point) })) };
    },
  });

export const mutants = {
  'neighbour-from-stale-index': {
    name: 'neighbours that an index names, which is behind',
    found: /I1 |the head of/,
    break: (ports, world) =>
      withPart(ports, 'recoveryPoints', {
        neighbours: (mount, seq) => {
          const older = world.random.pick(world.backups);
          return (older ? createMemoryCatalog(older) : ports.catalog).recoveryPoints.neighbours(mount, seq);
        },
      }),
  },
  'neighbour-skips-pending': {
    name: 'neighbours of which those that are to be deleted do not count',
    found: /I1 |the head of/,
    break: (ports, { state }) =>
      withPart(ports, 'recoveryPoints', {
        neighbours: async ({ mountId }, seq) => {
          const isCounted = (point: RecoveryPoint) =>
            point.mountId === mountId && point.state === 'available';
          const line = [...state.recoveryPoints.values()].filter(isCounted).sort((a, b) => a.seq - b.seq);
          const previous = line.findLast((point) => point.seq < seq);
          const next = line.find((point) => point.seq > seq);
          return { ...(previous && { previous }), ...(next && { next }) };
        },
      }),
  },
  'ack-before-journal': {
    name: 'an acknowledgement before the journal is stored',
    found: /acknowledged before its journal entry was stored/,
    break: (ports) =>
      withPart(ports, 'mounts', {
        find: async (mountId) => {
          const mount = await ports.catalog.mounts.find(mountId);
          return mount && { ...mount, journal: { ...mount.journal, stored: mount.journal.number } };
        },
      }),
  },
  'no-pin': {
    name: 'a parent that nothing pins',
    found: /is not pinned on/,
    break: (ports, { state }) =>
      withPart(ports, 'uploads', {
        open: async (upload) => {
          const result = await ports.catalog.uploads.open(upload);
          if (upload.parent) state.pins.get(upload.parent.uploadId)?.delete(`upload:${upload.uploadId}`);
          return result;
        },
      }),
  },
  'holds-are-forgotten': {
    name: 'decisions that do not look at holds',
    found: /I3 /,
    break: (ports) => withPart(ports, 'holds', { ofMount: async () => [], ofDatabase: async () => [] }),
  },
  'trusts-its-clock': {
    name: 'deletions by a clock that nobody compares with that of S3',
    found: /I10 /,
    break: (ports) => ({
      ...ports,
      vault: changing(ports.vault, {
        listVersions: async (request) => ({
          ...(await ports.vault.listVersions(request)),
          date: ports.clock.now(),
        }),
      }),
    }),
  },
  'locks-are-forgotten': {
    name: 'decisions that do not look at locks',
    found: /I3 .*locked until/,
    break: (ports) => withLine(ports, ({ lockedUntil: _, ...point }) => point),
  },
  'needs-are-forgotten': {
    name: 'decisions that do not look at what other points need',
    found: /I4 |goes, and Database .* may be built on it/,
    break: (ports) =>
      withLine(ports, ({ judgement, ...point }) => ({
        ...point,
        ...(judgement && {
          judgement: {
            ...judgement,
            databases: judgement.databases.map(({ lacks: _, needsUnknown: __, ...database }) => database),
          },
        }),
      })),
  },
  'damage-is-forgotten': {
    name: 'decisions that take damaged points for whole ones',
    found: /I4 |I5|goes, and/,
    break: (ports) => withLine(ports, ({ damage: _, ...point }) => point),
  },
  'damage-is-not-noted': {
    name: 'an audit that tells nobody what it misses',
    found: /I1: .* and says /,
    break: (ports) => withPart(ports, 'recoveryPoints', { changeDamage: async () => 'changed' }),
  },
  'close-before-urls-die': {
    name: 'uploads that are closed as soon as nothing lies there',
    found: /I11: .* came after its upload was closed/,
    break: (ports) =>
      withPart(ports, 'uploads', {
        find: async (uploadId) => {
          const upload = await ports.catalog.uploads.find(uploadId);
          return upload?.state === 'closing' ? { ...upload, urlUntil: toInstant(0) } : upload;
        },
      }),
  },
  'reclaim-whatever-changed': {
    name: 'a reclaim that is carried through although its line has changed since',
    found: /I1 |I3 |I4 |I5 |the head of/,
    break: (ports, { state }) =>
      withPart(ports, 'recoveryPoints', {
        beginReclaim: (mount, point, change) => {
          const current = state.mounts.get(mount.mountId) ?? mount;
          const { recoveryPointId } = point;
          const { deletion } = change;
          const entry = nextJournalEntry(mount.mountId, current.journal, {
            at: deletion.reclaim?.at ?? deletion.markedAt,
            kind: 'recovery-point-reclaiming',
            data: { recoveryPointId, deletion },
          });
          const made = { ...change, unchanged: [], entry };
          return ports.catalog.recoveryPoints.beginReclaim(current, point, made);
        },
      }),
  },
  'notes-are-changes': {
    name: 'a note of when a mount is due that raises its line each time',
    found: /I7 /,
    break: (ports, { state }) =>
      withPart(ports, 'mounts', {
        noteDue: async (read, dueAt) => {
          const outcome = await ports.catalog.mounts.noteDue(read, dueAt);
          const mount = state.mounts.get(read.mountId);
          if (mount) state.mounts.set(mount.mountId, { ...mount, lineVersion: mount.lineVersion + 1 });
          return outcome;
        },
      }),
  },
  'mounts-change-hands': {
    name: 'mounts that belong to whoever came last',
    found: /I9: /,
    break: (ports, { state, random }) =>
      withPart(ports, 'mounts', {
        find: async (mountId) => {
          const mount = await ports.catalog.mounts.find(mountId);
          const storeId = [...state.stores.keys()].at(-1);
          return mount && storeId && random.chance(0.2) ? { ...mount, storeId } : mount;
        },
      }),
  },
  'plans-are-not-stored': {
    name: 'deletions that no plan names',
    found: /I6 /,
    break: (ports) =>
      withPart(ports, 'recoveryPoints', {
        markForDeletion: (mount, id, { deletion, ...change }) =>
          ports.catalog.recoveryPoints.markForDeletion(mount, id, {
            ...change,
            deletion: { ...deletion, planSha256: '0'.repeat(64) },
          }),
      }),
  },
} as const satisfies Record<string, Mutant>;
