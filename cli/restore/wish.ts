import { type Command, InvalidArgumentError, Option } from 'commander';
import type { CallAnswer, CallInput } from '../../shared/contracts/calls.ts';
import { type ThawTier, thawTiers } from '../../shared/domain/archive/archive-class.ts';
import type { Instant } from '../../shared/domain/instant.ts';
import type { RestorePath } from '../../shared/domain/restore.ts';
import type { ServiceClient } from '../service/client.ts';

/** What to restore, as the service is asked to plan it; where to is asked for each target. */
export type Wish = Omit<CallInput<'planRestore'>['body'], 'targetMountId'>;
export type Plan = CallAnswer<'planRestore'>;

/** How a command line says what to restore. */
export interface WishOptions {
  readonly path: readonly RestorePath[];
  readonly pathBase64: readonly RestorePath[];
  readonly mount?: string;
  readonly database?: string;
  readonly container?: string;
  readonly tablespace?: string;
  readonly datafile?: string;
  readonly set?: string;
  readonly time?: Instant;
  readonly hostOffset?: string;
  readonly scn?: string;
  readonly thaw?: ThawTier;
  readonly thawLimit?: number;
}

const addPath = (path: string, before: readonly RestorePath[]): RestorePath[] => [...before, { path }];
const addBase64 = (pathBase64: string, before: readonly RestorePath[]): RestorePath[] => [
  ...before,
  { pathBase64 },
];

const parts = ['container', 'tablespace', 'datafile', 'set'] as const;

/** Adds what says which point, what of it and to which time. */
export const addWishOptions = (command: Command): Command =>
  command
    .option('-p, --path <path>', 'a file, or a folder with all below it; may be repeated', addPath, [])
    .option('--path-base64 <path>', 'the same, for a path that is not UTF-8', addBase64, [])
    .option('--mount <mount>', 'without a point: the newest one of this mount, or the right one for the time')
    .option('-d, --database <database>', 'this database only, by DBID, name or unique name')
    .addOption(partOption('--container <name>', 'of the database: a pluggable one'))
    .addOption(
      partOption('--tablespace <name>', 'of the database: a tablespace, in a container as PDB1:USERS'),
    )
    .addOption(partOption('--datafile <file>', 'of the database: a datafile, by number or name'))
    .addOption(partOption('--set <set>', 'of the database: a backup set, by key, piece or tag'))
    .option(
      '-t, --time <time>',
      'to this time, with its zone: 2026-01-31T12:00:00Z or 2026-01-31T13:00:00+01:00',
      parseTime,
    )
    .option('--host-offset <offset>', "of the database host's clock from UTC at that time, like +02:00")
    .addOption(new Option('--scn <scn>', 'to this SCN').conflicts('time'))
    .addOption(
      new Option(
        '--thaw <tier>',
        'how packs are thawed that lie in an archive: the faster the dearer; Standard otherwise',
      ).choices(thawTiers),
    )
    .option(
      '--thaw-limit <usd>',
      'the most that their thaw may cost; above the limit of the volume for admins',
      parseUsd,
    );

/** Throws commander's error for what is no amount. */
function parseUsd(text: string): number {
  if (/^\d{1,6}(\.\d{1,2})?$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It is no amount of US dollars, like 250 or 12.50.');
}

/** What is said of thaws; undefined when nothing is. */
export const thawOf = ({ thaw: tier, thawLimit: maxUsd }: WishOptions): Wish['thaw'] =>
  tier === undefined && maxUsd === undefined
    ? undefined
    : { ...(tier && { tier }), ...(maxUsd !== undefined && { maxUsd }) };

const partOption = (flags: string, description: string): Option => {
  const option = new Option(flags, description);
  return option.conflicts(parts.filter((part) => part !== option.name()));
};

/** A time without a zone would be somebody's guess. */
export function parseTime(text: string): Instant {
  const [, day, time, zone] =
    /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?) ?(Z|[+-]\d{2}:\d{2})$/.exec(text) ?? [];
  const millis = Date.parse(`${day}T${time}${zone}`);
  if (zone === undefined || Number.isNaN(millis)) {
    throw new InvalidArgumentError(
      'It is no time with its zone, like 2026-01-31T12:00:00Z or 2026-01-31T13:00:00+01:00.',
    );
  }
  return new Date(millis).toISOString() as Instant;
}

/** Whether more is said than which point and which of its paths: then the service has to choose. */
export const needsPlan = (point: string | undefined, options: WishOptions): boolean =>
  point === undefined ||
  [options.mount, options.database, options.time, options.scn, ...parts.map((part) => options[part])].some(
    (each) => each !== undefined,
  );

/** Throws an Error where a mount's name is not clear. */
export async function readWish(
  service: ServiceClient,
  point: string | undefined,
  options: WishOptions,
): Promise<Wish> {
  const { database, time, hostOffset, scn, mount } = options;
  const paths = [...options.path, ...options.pathBase64];
  const { findMountId } = await import('../service/find-mount.ts');
  const part = partOf(options);
  const thaw = thawOf(options);
  return {
    ...(thaw && { thaw }),
    ...(point !== undefined && { recoveryPointId: point }),
    ...(mount !== undefined && { mountId: await findMountId(service, mount) }),
    ...(database !== undefined && { database }),
    ...(part && { part }),
    ...(paths.length > 0 && { paths }),
    ...(time !== undefined && { time }),
    ...(hostOffset !== undefined && { hostOffset }),
    ...(scn !== undefined && { scn }),
  };
}

function partOf({ container, tablespace, datafile, set }: WishOptions): Wish['part'] {
  if (container !== undefined) return { container };
  if (tablespace !== undefined) return { tablespace };
  if (datafile !== undefined) return { datafile };
  return set === undefined ? undefined : { backupSet: set };
}
