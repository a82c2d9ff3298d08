import type { AddCommand } from './add-command.ts';
import { alertCommands } from './alert/alert-commands.ts';
import { auditCommands } from './audit/audit-commands.ts';
import { backupCommands } from './backup/backup-commands.ts';
import { catalogCommands } from './catalog/catalog-commands.ts';
import { addConfd } from './confd/confd.ts';
import { dbCommands } from './db/db-commands.ts';
import { gatewayCommands } from './gateway/gateway-commands.ts';
import { holdCommands } from './hold/hold-commands.ts';
import { keyCommands, keySummary } from './key/key-commands.ts';
import { addLogs } from './local/logs.ts';
import { addReset } from './local/reset.ts';
import { addStatus } from './local/status.ts';
import { addUp } from './local/up.ts';
import { addRetire, addRetireStore, addUnretire } from './mount/retire.ts';
import { pointCommands } from './point/point-commands.ts';
import { addReport } from './report/report.ts';
import { requestCommands } from './request/request-commands.ts';
import { restoreCommands } from './restore/restore-commands.ts';
import { retentionCommands } from './retention/retention-commands.ts';
import { addMap } from './rman/map.ts';
import { scheduleCommands } from './schedule/schedule-commands.ts';
import { addCheckAgeOfBoth } from './snapshot/checkage.ts';
import { addExecAll } from './snapshot/exec-all.ts';
import { snapshotCommands } from './snapshot/snapshot-commands.ts';
import { strategyCommands } from './strategy/strategy-commands.ts';
import { troveCommands } from './trove/trove-commands.ts';
import { volumeCommands } from './volume/volumes.ts';

interface CommandGroup {
  readonly name: string;
  readonly summary: string;
  readonly commands: readonly AddCommand[];
}

/** `holdfast GROUP COMMAND`, in the order of the help. */
export const groups: readonly CommandGroup[] = [
  {
    name: 'local',
    summary: 'the AWS services on this machine, for development and tests',
    commands: [addUp, addStatus, addLogs, addReset],
  },
  {
    name: 'gateway',
    summary: 'the daemon beside the disks that RMAN writes to',
    commands: gatewayCommands,
  },
  {
    name: 'key',
    summary: keySummary,
    commands: keyCommands,
  },
  {
    name: 'rman',
    summary: 'what logs of RMAN say',
    commands: [addMap],
  },
  {
    name: 'point',
    summary: 'recovery points: their files by database, why they stay, and their deletion',
    commands: pointCommands,
  },
  {
    name: 'db',
    summary: 'databases that the service has backups of',
    commands: dbCommands,
  },
  {
    name: 'request',
    summary: 'backups that the agent of a store makes on request',
    commands: requestCommands,
  },
  {
    name: 'strategy',
    summary: 'what the backups of a database are where a request does not say it',
    commands: strategyCommands,
  },
  {
    name: 'schedule',
    summary: 'when databases are backed up by themselves',
    commands: scheduleCommands,
  },
  {
    name: 'backup',
    summary:
      'backups of a database by the names of an administration API: start, follow, list, expire, delete',
    commands: backupCommands,
  },
  {
    name: 'volume',
    summary: 'archive volumes',
    commands: volumeCommands,
  },
  {
    name: 'trove',
    summary: 'the backup verbs of Trove',
    commands: troveCommands,
  },
  {
    name: 'retention',
    summary: 'how long recovery points are kept, and what expires',
    commands: retentionCommands,
  },
  {
    name: 'mount',
    summary: 'a mount as a whole: giving it up with all that was backed up from it',
    commands: [addRetire, addUnretire],
  },
  {
    name: 'store',
    summary: 'a store as a whole: giving up all of its mounts',
    commands: [addRetireStore],
  },
  {
    name: 'hold',
    summary: 'what must not be deleted, whatever the policy says',
    commands: holdCommands,
  },
  {
    name: 'alert',
    summary: 'what somebody has to look at: backups that failed or are late, stores that are silent or full',
    commands: alertCommands,
  },
  {
    name: 'audit',
    summary: 'journals: who changed what and when, and the proof that nothing of it was changed since',
    commands: auditCommands,
  },
  {
    name: 'catalog',
    summary: 'the catalog as a whole',
    commands: catalogCommands,
  },
  {
    name: 'snapshot',
    summary: 'recovery points of a mount and clones of them, in lines that monitoring reads',
    commands: snapshotCommands,
  },
  {
    name: 'restore',
    summary: 'recovery points on their way back to a store',
    commands: restoreCommands,
  },
];

/** `holdfast COMMAND`. */
export const commands: readonly AddCommand[] = [addCheckAgeOfBoth, addReport, addExecAll, addConfd];
