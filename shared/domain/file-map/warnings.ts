import type { PointWarning } from '../recovery-point.ts';
import { filesOf } from './draft.ts';
import type { FileMap, MapLog, Presence } from './file-map.ts';
import { allEntries } from './file-map-json.ts';

/** A warning names so many logs or files, and how many more there are. */
const mostNamed = 3;

/** What the makers of a point's backups should be told of its map. */
export function warningsOf(map: FileMap): PointWarning[] {
  const own = map.logs.filter(({ uploadId }) => uploadId === map.recoveryPointId);
  const named = (status: MapLog['status']) =>
    own.filter((log) => log.status === status).map(({ fileName }) => fileName);
  const files = countFiles(map);
  const warnings: [PointWarning['code'], string, readonly string[]][] = [
    ['LOG_TRUNCATED', 'RMAN may still have been writing: without an end are', named('truncated')],
    ['LOG_UNREADABLE', 'not read, so that their backups are unknown, were', named('unreadable')],
    ['BACKUP_FAILED', 'RMAN reports that the backup failed in', named('failed')],
    ['FILES_MISSING', 'the logs name files that the snapshot lacks:', files('missing')],
    ['FILES_CHANGED', 'backups whose content is not what their logs speak of:', files('changed')],
    ['FILES_DAMAGED', 'backups that are cut off:', files('damaged')],
  ];
  const found: PointWarning[] = warnings.flatMap(([code, text, names]) =>
    names.length === 0 ? [] : [{ code, text: `${text} ${listNames(names)}` }],
  );
  const lost = new Set(own.flatMap(({ lostInstances = [] }) => lostInstances));
  return lost.size === 0 ? found : [...found, warningOfInstances([...lost])];
}

/** A state of a workflow carries them. Names of instances have at most 30 characters; seldom do two go down at once. */
const mostInstances = 4;

const warningOfInstances = (lost: readonly string[]): PointWarning => ({
  code: 'INSTANCE_DOWN',
  text: `the backup went on without instances that went down: ${listNames(lost)}`,
  instances: lost.slice(0, mostInstances).map((name) => name.slice(0, 30)),
});

function countFiles(map: FileMap): (presence: Presence) => readonly string[] {
  const byPresence = new Map<Presence, string[]>();
  for (const entry of allEntries(map)) {
    for (const { presence, path, handle } of filesOf(entry)) {
      const names = byPresence.get(presence) ?? [];
      names.push(path ?? handle);
      byPresence.set(presence, names);
    }
  }
  return (presence) => byPresence.get(presence) ?? [];
}

function listNames(names: readonly string[]): string {
  const more = names.length - mostNamed;
  // Two hundred characters hold three names of most places; the map has them whole.
  const shown = names.slice(0, mostNamed).map((name) => (name.length > 60 ? `…${name.slice(-59)}` : name));
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
