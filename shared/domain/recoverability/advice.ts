import type { ReasonCode, Recoverability } from './verdict.ts';

/** What to put right is often the same for several reasons: in this order, each once. */
const commands: Partial<Record<ReasonCode, readonly string[]>> = {
  NO_DATAFILE_BACKUP: ['BACKUP INCREMENTAL LEVEL 0 DATABASE PLUS ARCHIVELOG;'],
  DATAFILE_NOT_COVERED: ['BACKUP INCREMENTAL LEVEL 0 DATABASE PLUS ARCHIVELOG;'],
  BASE_UNKNOWN: ['BACKUP INCREMENTAL LEVEL 0 DATABASE PLUS ARCHIVELOG;'],
  COPY_CONTENT_UNKNOWN: ['BACKUP INCREMENTAL LEVEL 0 DATABASE PLUS ARCHIVELOG;'],
  FILES_NOT_USABLE: ['BACKUP INCREMENTAL LEVEL 0 DATABASE PLUS ARCHIVELOG;'],
  FILES_ELSEWHERE: ['BACKUP INCREMENTAL LEVEL 0 DATABASE PLUS ARCHIVELOG;'],
  DATAFILE_CORRUPT: [
    'VALIDATE CHECK LOGICAL DATABASE;',
    'BACKUP INCREMENTAL LEVEL 0 DATABASE PLUS ARCHIVELOG;',
  ],
  DATAFILE_LIST_UNPROVEN: ['REPORT SCHEMA;'],
  CONTROL_FILE_MISSING: ['CONFIGURE CONTROLFILE AUTOBACKUP ON;', 'BACKUP CURRENT CONTROLFILE;'],
  CONTROL_FILE_OF_OTHER_RUN: ['CONFIGURE CONTROLFILE AUTOBACKUP ON;'],
  REDO_START_UNKNOWN: ['BACKUP DATABASE PLUS ARCHIVELOG;'],
  REDO_END_UNKNOWN: ['BACKUP ARCHIVELOG ALL;'],
  INCARNATION_UNCLEAR: ['BACKUP INCREMENTAL LEVEL 0 DATABASE PLUS ARCHIVELOG;'],
  THREADS_UNCLEAR: ['BACKUP INCREMENTAL LEVEL 0 DATABASE PLUS ARCHIVELOG;'],
  LOGS_KNOWN_BY_NAME: ['BACKUP ARCHIVELOG ALL;'],
  LOGS_UNCERTAIN: ['BACKUP ARCHIVELOG ALL;'],
  SPFILE_MISSING: ['BACKUP SPFILE;'],
};

/** RMAN commands for the next run. A gap can be closed as long as the database still has the logs; a new level 0 leaves it behind. */
export function adviceFor({ recoverable, reasons, firstGap }: Omit<Recoverability, 'advice'>): string[] {
  const found = new Set<string>();
  if (firstGap !== undefined) {
    const { thread, fromSequence, toSequence } = firstGap;
    found.add(
      `BACKUP ARCHIVELOG FROM SEQUENCE ${fromSequence} UNTIL SEQUENCE ${toSequence} THREAD ${thread};`,
    );
    if (recoverable !== 'yes') found.add('BACKUP INCREMENTAL LEVEL 0 DATABASE PLUS ARCHIVELOG;');
  }
  for (const { code } of reasons) for (const command of commands[code] ?? []) found.add(command);
  return [...found];
}
