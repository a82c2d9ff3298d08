import type { CallAnswer } from '../../shared/contracts/calls.ts';

export type ShownRestore = CallAnswer<'showRestore'>;

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** `12.3 GiB` */
export function bytesText(bytes: number): string {
  const unit = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  return unit === 0 ? `${bytes} B` : `${(bytes / 2 ** (10 * unit)).toFixed(1)} ${units[unit]}`;
}

/** `1d 2h`, `3h 5m`, `4m 10s`, `8s` */
export function durationText(seconds: number): string {
  const [days, hours] = [Math.floor(seconds / 86_400), Math.floor(seconds / 3600) % 24];
  const minutes = Math.floor(seconds / 60) % 60;
  if (days > 0) return `${days}d ${hours}h`;
  if (hours > 0) return `${hours}h ${minutes}m`;
  return minutes > 0 ? `${minutes}m ${Math.floor(seconds) % 60}s` : `${Math.ceil(seconds)}s`;
}

/** How far it is, in a line. */
export function progressText({
  state,
  progress,
  thaw,
}: Pick<ShownRestore, 'state' | 'progress' | 'thaw'>): string {
  if (state === 'thawing') return thawText(thaw);
  const { bytesDone, bytesTotal, filesDone, filesTotal, isQueued, fromSnapshot } = progress;
  if (fromSnapshot !== undefined)
    return `${bytesText(bytesDone)} in ${filesDone} files, made on the store of the snapshot ${fromSnapshot} that the point was uploaded from`;
  if (isQueued) return 'waits until other restores of the store are done';
  const percent = bytesTotal > 0 ? ` (${Math.floor((bytesDone / bytesTotal) * 100)} %)` : '';
  const done = `${bytesText(bytesDone)} of ${bytesText(bytesTotal)}${percent}, ${filesDone} of ${filesTotal} files verified`;
  return state === 'staging' ? [done, ...paceTexts(progress)].join(', ') : done;
}

/** What it waits for. */
function thawText({
  tier,
  packs = 0,
  bytes = 0,
  expectedAt,
  usd,
  nextUsd,
}: Partial<NonNullable<ShownRestore['thaw']>> = {}): string {
  const cost = (usd ?? 0) + (nextUsd ?? 0);
  return [
    packs > 0 ? `${packs} packs (${bytesText(bytes)}) are thawed from the archive` : 'looks for frozen packs',
    ...(tier === undefined ? [] : [`by ${tier}`]),
    ...(expectedAt === undefined ? [] : [`expected by ${expectedAt}`]),
    ...(cost === 0 ? [] : [`about $${cost.toFixed(2)}`]),
  ].join(', ');
}

/** Rate and time left, as far as they are known. */
export const paceTexts = ({ bytesPerSecond, secondsLeft }: ShownRestore['progress']): string[] => [
  ...(bytesPerSecond === undefined ? [] : [`${bytesText(bytesPerSecond)}/s`]),
  ...(secondsLeft === undefined ? [] : [`${durationText(secondsLeft)} left`]),
];

/** What came of it, or how far it is, in lines. */
export function describeRestore(restore: ShownRestore): string[] {
  const { restoreId, jobId, state, recoveryPointId, mountId, reason, damage, paths } = restore;
  const { targetMountId = mountId, clone } = restore;
  const folder = clone ? `clones/${clone.name}` : `restores/${jobId}`;
  return [
    `${restoreId}  ${state}`,
    `recovery point ${recoveryPointId}, to ${folder} of mount ${targetMountId}`,
    ...(paths ? [chosenText(paths)] : []),
    progressText(restore),
    ...(reason === undefined ? [] : [`reason: ${reason}`]),
    ...stagedLines(restore),
    ...(damage ? damageLines(damage) : []),
  ];
}

/** An order may name a thousand. */
const maxPathsShown = 20;

function chosenText(paths: NonNullable<ShownRestore['paths']>): string {
  const rest = paths.length - maxPathsShown;
  const shown = paths.slice(0, maxPathsShown).map(pathText).join(', ');
  return `of it: ${shown}${rest > 0 ? `, and ${rest} more` : ''}`;
}

/** What has become of the files. */
function stagedLines({ staged, leaseUntil }: ShownRestore): string[] {
  if (staged === undefined) return [];
  const { state, since, because, reason } = staged;
  if (state === 'present') return [`the files stay until ${leaseUntil ?? 'they are removed'}`];
  const how = because === 'deleted' ? ' (deleted at the store)' : '';
  return [`the files are ${state} since ${since}${how}${reason === undefined ? '' : `: ${reason}`}`];
}

function damageLines(damage: NonNullable<ShownRestore['damage']>): string[] {
  const { filesDamaged, bytesDamaged, files, objectsDamaged, objects, databases, alternative } = damage;
  return [
    `LEFT OUT, because the vault does not hold it as it was stored: ${filesDamaged} files, ${bytesText(bytesDamaged)}`,
    ...files.map((file) => `  ${pathText(file)}  ${file.code}`),
    ...more(filesDamaged - files.length, 'files'),
    ...(databases ?? []).map(({ dbid, files: hit }) => `  ${hit} of them belong to database ${dbid}`),
    ...objects.map((object) => `  damaged: ${object}`),
    ...more(objectsDamaged - objects.length, 'objects'),
    ...(alternative ? [adviceOf(alternative)] : []),
  ];
}

const more = (count: number, of: string): string[] => (count > 0 ? [`  and ${count} more ${of}`] : []);

const adviceOf = (alternative: NonNullable<NonNullable<ShownRestore['damage']>['alternative']>): string =>
  alternative.outcome === 'found'
    ? `restore them from ${alternative.recoveryPointId}, taken ${alternative.takenAt}: it needs nothing of what is damaged`
    : `no other recovery point is known to be without this damage: ${alternative.reason}`;

export const pathText = (path: { readonly path: string } | { readonly pathBase64: string }): string =>
  'path' in path ? path.path : `base64:${path.pathBase64}`;
