import type { HoldId, MountId, UploadId } from '../ids.ts';

/**
 * What a look at a whole line said of its pending points, kept for their second decision. Good only as long as line and
 * journal stand where they stood, but for reclaims of these very points: time alone takes reasons to keep away, and adds none.
 */
export interface Clearance {
  readonly epoch: number;
  readonly lineVersion: number;
  readonly journalNumber: number;
  /** That may go, in this order: each was decided on with those before it gone. */
  readonly points: readonly UploadId[];
  /** Other mounts with databases of this one, whose lines must stand where they stood. */
  readonly unchanged: readonly { readonly mountId: MountId; readonly lineVersion: number }[];
  /** That were known of the mount and its databases: a newer one may be on its way to the mount. */
  readonly holds: readonly HoldId[];
  /** Which mounts had the databases of this one. */
  readonly databases: readonly { readonly databaseId: string; readonly mountIds: readonly MountId[] }[];
}

/** It is a part of the mount's item, which is read all the time. A line with more is looked at whole each time. */
const mostDatabases = 20;
const mostMountIds = 100;
const mostHolds = 50;

export const isTooWide = ({ databases, holds }: Pick<Clearance, 'databases' | 'holds'>): boolean =>
  holds.length > mostHolds ||
  databases.length > mostDatabases ||
  databases.flatMap(({ mountIds }) => mountIds).length > mostMountIds;

/** A mount as far as a clearance depends on it. */
interface Standing {
  readonly clearance?: Clearance;
  readonly epoch: number;
  readonly lineVersion: number;
  readonly journal: { readonly number: number };
}

/** The mount's clearance, when nothing else has changed the line or its journal. */
export const clearanceInForce = ({
  clearance,
  epoch,
  lineVersion,
  journal,
}: Standing): Clearance | undefined =>
  clearance?.epoch === epoch &&
  clearance.lineVersion === lineVersion &&
  clearance.journalNumber === journal.number
    ? clearance
    : undefined;

/** What is good of it when this entry's transaction has raised the line's version by one. */
export const carryOver = (
  clearance: Clearance,
  { lineVersion }: Pick<Standing, 'lineVersion'>,
  { number }: { readonly number: number },
): Clearance => ({ ...clearance, lineVersion: lineVersion + 1, journalNumber: number });
