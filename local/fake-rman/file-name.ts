import { formatOracleDate, stampOf } from './oracle-date.ts';
import { RmanError } from './rman-error.ts';

/** The substitution variables of a FORMAT, by their letter. */
export type FormatValues = Readonly<Record<string, string>>;

/** Fills a FORMAT's variables in. A variable that has no meaning for this kind of file fails, as in Oracle. */
export const expandFormat = (format: string, values: FormatValues): string =>
  format.replace(/%(.?)/g, (_, letter: string) => {
    if (letter === '%') return '%';
    const value = values[letter];
    if (value === undefined) throw new RmanError([`ORA-19715: invalid format ${letter} for generated name`]);
    return value;
  });

/** The 8 characters of %u: number and time stamp in base 32, unique in one database. */
const compactName = (number: number, at: Date): string =>
  number.toString(32).padStart(2, '0') + stampOf(at).toString(32);

interface DatabaseName {
  readonly name: string;
  readonly dbid: number;
}

const databaseValues = ({ name, dbid }: DatabaseName, at: Date): FormatValues => ({
  d: name,
  I: String(dbid),
  T: formatOracleDate(at, 'YYYYMMDD'),
});

/** Variables for an image copy of a datafile. */
export const imageCopyValues = (
  database: DatabaseName,
  at: Date,
  { number, tablespace, recid }: { number: number; tablespace: string; recid: number },
): FormatValues => {
  const unique = compactName(recid, at);
  return {
    ...databaseValues(database, at),
    N: tablespace,
    f: String(number),
    u: unique,
    U: `data_D-${database.name}_I-${database.dbid}_TS-${tablespace}_FNO-${number}_${unique}`,
  };
};

/** Variables for a backup piece; a set of this stand-in has one piece and one copy of it. */
export const pieceValues = (database: DatabaseName, at: Date, setNumber: number): FormatValues => {
  const unique = compactName(setNumber, at);
  return {
    ...databaseValues(database, at),
    s: String(setNumber),
    t: String(stampOf(at)),
    p: '1',
    c: '1',
    u: unique,
    U: `${unique}_1_1`,
  };
};

/** Variables for a control file autobackup: only %F, because its name must be known without any catalog. */
export const autobackupValues = ({ dbid }: DatabaseName, at: Date, sequence: number): FormatValues => {
  const day = formatOracleDate(at, 'YYYYMMDD');
  return { F: `c-${dbid}-${day}-${sequence.toString(16).padStart(2, '0')}` };
};
