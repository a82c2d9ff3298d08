import type { Session } from './session.ts';

/** REPORT SCHEMA: every datafile of the database, which a backup's own lines do not prove. */
export function reportSchema({ database, say }: Session): void {
  const rows = database.datafiles.map(({ number, sizeMib, tablespace, container, name }) => {
    const space = container === undefined ? tablespace : `${container}:${tablespace}`;
    const segments = /^UNDO/.test(tablespace) || tablespace === 'SYSTEM' ? 'YES' : 'NO';
    return `${String(number).padEnd(4)} ${String(sizeMib).padEnd(8)} ${space.padEnd(20)} ${segments.padEnd(7)} ${name}`;
  });
  say(
    `Report of database schema for database with db_unique_name ${database.name}`,
    '',
    'List of Permanent Datafiles',
    '===========================',
    'File Size(MB) Tablespace           RB segs Datafile Name',
    '---- -------- -------------------- ------- ------------------------',
    ...rows,
    '',
  );
}
