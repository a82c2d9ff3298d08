import { RmanError } from '../rman-error.ts';
import type { Session } from '../session.ts';
import { readDatafileHeader } from './read-piece.ts';
import { applyIncrementals } from './recover-datafiles.ts';

/** RECOVER COPY OF DATABASE WITH TAG: incrementals are merged into the copies, which then are as of the last of them. */
export const recoverCopies = async (session: Session, tag: string): Promise<void> => {
  const { database, say } = session;
  const [channel = 'ORA_DISK_1'] = session.channels;
  for (const datafile of database.datafiles) {
    const number = String(datafile.number).padStart(5, '0');
    const copy = database.copies.find((each) => each.file === datafile.number && each.tag === tag);
    if (copy === undefined) {
      say(`no copy of datafile ${datafile.number} found to recover`);
      continue;
    }
    const findHeader = () => {
      const header = readDatafileHeader(copy.path);
      if (header?.dbid === database.dbid && header.file === datafile.number) return header;
      throw new RmanError([`RMAN-06094: datafile ${datafile.number} must be restored`]);
    };
    let hasApplied = false;
    const tell = (piece: string) => {
      hasApplied = true;
      say(
        `channel ${channel}: starting incremental datafile backup set restore`,
        `channel ${channel}: specifying datafile copies to recover`,
        `recovering datafile copy file number=${number} name=${copy.path}`,
        `channel ${channel}: reading from backup piece ${piece}`,
        `channel ${channel}: piece handle=${piece}`,
        `channel ${channel}: restored backup piece 1`,
        `channel ${channel}: restore complete, elapsed time: 00:00:01`,
      );
    };
    await applyIncrementals(session, { ...datafile, name: copy.path }, { findHeader, tell });
    if (!hasApplied) say(`no copy of datafile ${datafile.number} found to recover`);
  }
};
