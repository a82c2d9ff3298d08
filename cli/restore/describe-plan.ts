import { bytesText, durationText, pathText } from './describe-restore.ts';
import type { Plan, Wish } from './wish.ts';

/** More would push what matters off the screen; --json has them all. */
const maxShown = 30;

const outcomes = {
  complete: 'COMPLETE',
  incomplete: 'INCOMPLETE: what is chosen is not enough',
  unknown: 'UNKNOWN: what is chosen may not be enough',
} as const;

const reasonTexts = {
  'not-on-this-mount': 'not on this mount',
  deleted: 'deleted since',
  'in-no-snapshot': 'in no snapshot',
  damaged: 'damaged before it was backed up',
  changed: 'not the file that the log speaks of',
  'in-no-log': 'no log shows it',
} as const;

/** A plan in lines, for who has to decide. */
export function describePlan(plan: Plan, { time }: Pick<Wish, 'time'>): string[] {
  const { database, written, target, outcome } = plan;
  return [
    `recovery point  ${plan.recoveryPointId}, taken ${timeText(plan.takenAt)}`,
    `                ${plan.pointBecause}`,
    ...(database ? [`database        ${database.name ?? ''} (DBID ${database.dbid})`] : []),
    ...(time === undefined ? [] : [`to              ${timeText(time)}`]),
    ...(plan.through ?? []).map(
      ({ thread, sequence }) => `redo            thread ${thread} through log ${sequence}`,
    ),
    `outcome         ${outcomes[outcome]}`,
    `                ${plan.text}`,
    ...plan.reasons.map(({ code, text }) => `                ${code}: ${text}`),
    ...missingLines(plan),
    `files           ${written.files}, ${bytesText(written.bytes)} to write${plan.isWidened ? '; more than is needed: they are too many to be named, their folders are restored' : ''}`,
    ...chosenLines(plan),
    `fetched         ${amountText(plan)}`,
    ...thawLines(plan),
    `time            ${paceText(plan)}`,
    `price           ${priceText(plan)}`,
    `target          mount ${target.mountId} of ${target.storeId}, ${roomText(target)}`,
    ...plan.refusals.map(({ code, text }) => `REFUSED         ${code}: ${text}`),
  ];
}

function missingLines({ missing, missingCount }: Plan): string[] {
  const shown = missing.slice(0, maxShown);
  const lines = shown.map(
    ({ what, reason, neededFor }) =>
      `missing         ${what}: ${reasonTexts[reason]}${what === neededFor ? '' : ` (for ${neededFor})`}`,
  );
  return [...lines, ...rest(missingCount - shown.length)];
}

function chosenLines({ files, fileCount, paths }: Plan): string[] {
  if (fileCount === 0) {
    const named = (paths ?? []).slice(0, maxShown).map((path) => `                ${pathText(path)}`);
    return [...named, ...rest((paths?.length ?? 0) - named.length)];
  }
  const shown = files.slice(0, maxShown).map(({ path, role }) => `                ${path}  ${role}`);
  return [...shown, ...rest(fileCount - shown.length)];
}

const rest = (count: number): string[] => (count > 0 ? [`                and ${count} more`] : []);

const amountText = ({ fetched: { bytes, requests, isByMaps } }: Plan): string =>
  `about ${bytesText(bytes)} in ${requests} requests${isByMaps ? '' : ', estimated by the size of the files'}`;

/** What lies in an archive, and what may be done about it. */
function thawLines({ archive }: Plan): string[] {
  if (archive === undefined) return [];
  const { frozen, ongoing, instantBytes, choices, tier, maxUsd, isAssumedPrice } = archive;
  const lines = [
    ...(frozen.packs > 0
      ? [`${frozen.packs} packs (${bytesText(frozen.bytes)}) are FROZEN and are thawed first, by ${tier}:`]
      : []),
    ...choices.map(
      (each) =>
        `${each.tier === tier ? '>' : ' '} ${each.tier.padEnd(9)} within ${durationText(each.hours * 3600)}, about $${each.usd.toFixed(2)}${each.isAboveLimit ? ` (more than the $${maxUsd.toFixed(2)} that are allowed)` : ''}`,
    ),
    ...(ongoing.packs > 0 ? [`${ongoing.packs} packs (${bytesText(ongoing.bytes)}) are being thawed`] : []),
    ...(instantBytes > 0 ? [`${bytesText(instantBytes)} are read from the archive at once, for a fee`] : []),
    ...(isAssumedPrice ? ['by the prices of the dearest region that is known'] : []),
  ];
  return lines.map((line, index) => `${index === 0 ? 'archive ' : '        '}        ${line}`);
}

const paceText = ({ time: { seconds, basis, restores } }: Plan): string =>
  basis === 'measured'
    ? `about ${durationText(seconds)}, by ${restores} earlier ${restores === 1 ? 'restore' : 'restores'} of this store`
    : `about ${durationText(seconds)}, assumed: this store has not restored anything yet`;

const priceText = ({ price }: Plan): string =>
  price.isKnown
    ? `at most $${price.totalUsd.toFixed(2)} (requests $${price.requestsUsd.toFixed(5)}, transfer to the internet $${price.transferUsd.toFixed(2)}${price.retrievalUsd > 0 ? `, from the archive $${price.retrievalUsd.toFixed(2)}` : ''}; list prices of ${price.region}, ${price.asOf})`
    : `not known: ${price.reason}`;

const roomText = ({ freeBytes, reportedAt }: Plan['target']): string =>
  freeBytes === undefined
    ? 'whose free space is not reported'
    : `with ${bytesText(freeBytes)} free (reported ${reportedAt})`;

/** `2026-01-31T12:00:00.000Z (2026-01-31 13:00:00 +01:00 here)` */
export function timeText(instant: string): string {
  const offset = offsetHere(instant);
  const local = new Date(Date.parse(instant) + minutesOf(offset) * 60_000);
  return `${instant} (${local.toISOString().slice(0, 19).replace('T', ' ')} ${offset} here)`;
}

/** Of this machine from UTC at a moment, like `+01:00`. */
export function offsetHere(instant: string): string {
  const minutes = -new Date(instant).getTimezoneOffset();
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `${minutes < 0 ? '-' : '+'}${twoDigits(hours)}:${twoDigits(rest)}`;
}

const twoDigits = (count: number): string => String(count).padStart(2, '0');

const minutesOf = (offset: string): number =>
  Number(`${offset[0]}1`) * (Number(offset.slice(1, 3)) * 60 + Number(offset.slice(4)));
