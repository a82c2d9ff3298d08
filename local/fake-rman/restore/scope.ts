import type { Datafile } from '../database.ts';
import { RmanError } from '../rman-error.ts';
import type { Session } from '../session.ts';
import type { Scope } from './restore-commands.ts';

/** The datafiles that a command is about. */
export const datafilesIn = ({ database }: Session, scope: Scope): readonly Datafile[] => {
  const { datafiles } = database;
  const found = datafiles.filter((datafile) => isIn(datafile, scope));
  if (found.length > 0) return found;
  switch (scope.of) {
    case 'tablespace':
      throw new RmanError([
        'RMAN-20202: Tablespace not found in the recovery catalog',
        `RMAN-06019: could not translate tablespace name "${scope.name}"`,
      ]);
    case 'datafile':
      throw new RmanError([
        'RMAN-20201: datafile not found in the recovery catalog',
        `RMAN-06010: error while looking up datafile: ${scope.number}`,
      ]);
    default:
      throw new RmanError([
        `RMAN-06813: could not translate pluggable database ${'name' in scope ? scope.name : ''}`,
      ]);
  }
};

const isIn = ({ number, tablespace, container }: Datafile, scope: Scope): boolean => {
  switch (scope.of) {
    case 'database':
      return true;
    case 'tablespace':
      return tablespace === scope.name && container === undefined;
    case 'datafile':
      return number === scope.number;
    case 'pdb':
      return container === scope.name;
  }
};

/** Throws for a datafile that the open database uses. */
export const requireUnused = ({ instance, database }: Session, datafiles: readonly Datafile[]): void => {
  if (instance.status !== 'open') return;
  const used = datafiles.find(
    ({ number, container }) =>
      !database.offline.includes(number) &&
      !(container !== undefined && database.closedPdbs.includes(container)),
  );
  if (used !== undefined) {
    throw new RmanError([`ORA-19573: cannot obtain exclusive enqueue for datafile ${used.number}`]);
  }
};
