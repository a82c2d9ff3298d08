import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

/** The script that a DBA runs: `<script> <log-dir> <store> <mount>`. */
export const backupScript = join(root, 'examples', 'oracle_rman_data_backup.sh');

/** The executable that stands in for Oracle's rman. */
export const rmanExecutable = join(import.meta.dirname, 'rman');

/** The hook that makes what is requested of a database: `<agent> backup <config>`. */
export const rmanAgent = join(root, 'examples', 'rman-agent', 'rman-agent');

/** The executable that stands in for Oracle's sqlplus, as far as the agent asks it. */
export const sqlplusExecutable = join(import.meta.dirname, 'sqlplus');

/** The environment in which the backup script backs the simulated database up to a mount's exported folder. */
export const oracleHostEnvironment = (databaseFolder: string, mountFolder: string) => ({
  RMAN: rmanExecutable,
  LOCAL_MOUNT: mountFolder,
  FAKE_RMAN_DATABASE: databaseFolder,
});
