import { withItem } from './backup-sets.ts';
import type { LogState } from './log-state.ts';

/** Archived logs that are not in this backup, as there is one already. */
export const skipLogs = (
  state: LogState,
  thread: number,
  fromSequence: number,
  toSequence: number,
  line: number,
  reason = 'already backed up',
): void => {
  state.skipped.push({ entry: { thread, fromSequence, toSequence, reason }, line });
};

/** Takes a datafile back that has been listed: RMAN finds only while it makes the set that there is nothing new in it. */
export const takeBackDatafile = (state: LogState, file: number, reason: string, line: number): void => {
  state.skipped.push({ entry: { datafile: file, reason }, line });
  const set = state.sets.withDatafile(file, state.listingSet);
  if (set) set.datafiles = set.datafiles.filter((each) => each.file !== file);
};

/** RMAN says by name only which file it leaves out: the one that it has just listed, if it lists it at all. */
export const takeBackLast = (state: LogState, name: string, line: number): void => {
  const set = state.listingSet;
  if (!set) return;
  if (set.archivelogs.length > 0) set.archivelogs = set.archivelogs.slice(0, -1);
  else set.datafiles = set.datafiles.slice(0, -1);
  state.doubt(`${name} is not in the backup: it was deleted from the disk before it could be read`, line);
};

/** A datafile that the set or copy holds whose inputs are being listed. */
export const addDatafile = (state: LogState, file: number, name: string, line: number): void => {
  const listing = state.listing;
  if (!listing) {
    if (state.commands.current && state.commands.isBackingUp)
      state.doubt(`datafile ${file} is listed for a set that is not announced: lines are missing`, line);
    return;
  }
  if (listing.type === 'set') {
    listing.datafiles = withItem(listing.datafiles, { file, name });
  } else {
    listing.file = file;
    listing.name = name;
  }
};
