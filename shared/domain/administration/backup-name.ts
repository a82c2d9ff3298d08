import type { Instant } from '../instant.ts';

/** What the name of a backup says. Names are for people and scripts; nothing is found by the time in one. */
export interface BackupName {
  readonly database: string;
  /** The place of its recovery point in the line of its mount. */
  readonly number: number;
  /** Absent where no datafile was backed up, or no log says so. */
  readonly level?: number | undefined;
  readonly at: Instant;
}

/** `LEDGER/id_7/level_0`: what an expiration is changed by. */
export const formatBackupPrefix = ({ database, number, level }: Omit<BackupName, 'at'>): string =>
  `${database}/id_${number}/level_${level ?? 'none'}`;

/** `LEDGER/id_7/level_0/node_0/backup_202601311200`; a database is one node here, and the time is UTC. */
export const formatBackupName = (name: BackupName): string =>
  `${formatBackupPrefix(name)}/node_0/backup_${formatBackupMinute(name.at)}`;

/** `202601311200` */
export const formatBackupMinute = (at: Instant): string => at.slice(0, 16).replace(/[-T:]/g, '');

/** `2026-01-31 12:00` */
export const formatMinute = (at: Instant): string => at.slice(0, 16).replace('T', ' ');
