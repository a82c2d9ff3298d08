import { type BackupRequest, hasEnded } from '../backup-request.ts';
import type { Mount } from '../mount.ts';
import type { RecoveryPoint } from '../recovery-point.ts';
import type { Condition } from './alert.ts';

/** How an agent tells of an instance that it lost; anything else that it warns of is about the backup. */
const instanceDown = /\binstance (\S+) went down\b/i;

/** What the newest requests of databases came to, each with what its agent warned of. */
export function conditionsOfRequests(requests: readonly BackupRequest[]): Condition[] {
  return requests.flatMap((request) => [
    ...(request.state === 'failed' ? [failureOf(request, isTriedAgain(request, requests))] : []),
    ...(request.state === 'completed' || !hasEnded(request) ? warningsOf(request) : []),
  ]);
}

/** Who is told of a scheduled backup is told when the last try has failed. */
const isTriedAgain = (
  { schedule, storeId, database }: BackupRequest,
  all: readonly BackupRequest[],
): boolean =>
  schedule !== undefined &&
  all.some(
    (other) =>
      !hasEnded(other) &&
      other.schedule?.scheduleId === schedule.scheduleId &&
      other.storeId === storeId &&
      other.database === database,
  );

function failureOf(
  { storeId, mountId, database, content, requestId, reason = 'no reason was given' }: BackupRequest,
  isRetried: boolean,
): Condition {
  return {
    ...{
      kind: 'backup-failed',
      severity: isRetried ? 'information' : 'critical',
      storeId,
      mountId,
      database,
    },
    text: `the last backup of ${content === 'archived-logs' ? 'archived logs of ' : ''}${database} that was requested failed (${requestId}): ${reason}`,
    hint: isRetried
      ? 'wait: its schedule tries again'
      : 'see the log of the agent on the store, mend it, and request the backup again',
  };
}

function warningsOf({ storeId, mountId, database, warnings = [] }: BackupRequest): Condition[] {
  const about = { severity: 'warning', storeId, mountId, database } as const;
  const others = warnings.filter((text) => !instanceDown.test(text));
  const lost = new Set(warnings.flatMap((text) => instanceDown.exec(text)?.[1] ?? []));
  return [
    ...[...lost].map((instance): Condition => ({ ...about, ...instanceText(database, instance), instance })),
    ...(others.length === 0
      ? []
      : [
          {
            ...about,
            kind: 'backup-warning' as const,
            text: `the agent warns of the backup of ${database}: ${others.join('; ')}`,
            hint: 'mend it on the host of the database before a restore needs it',
          },
        ]),
  ];
}

const instanceText = (of: string, instance: string) => ({
  kind: 'instance-down' as const,
  text: `instance ${instance} went down during the backup of ${of}, which went on without it`,
  hint: `see to instance ${instance}, and that the channels of the next backup reach it`,
});

/**
 * What the logs in the newest point of a mount say of its backup, which nobody requested or whose agent did not see it. `known`: what
 * its requests were told of already.
 */
export function conditionsOfLogs(
  { mountId, storeId, name }: Mount,
  { recoveryPointId, warnings = [] }: RecoveryPoint,
  known: readonly Condition[],
): Condition[] {
  const here = known.filter((each) => each.mountId === mountId);
  const isKnown = (lost: string) =>
    here.some(({ instance }) => instance?.toLowerCase() === lost.toLowerCase());
  return warnings.flatMap(({ code, text, instances = [] }): Condition[] => {
    if (code === 'INSTANCE_DOWN') {
      return instances
        .filter((instance) => !isKnown(instance))
        .map((instance) => ({
          ...{ severity: 'warning', storeId, mountId, instance },
          ...instanceText(`mount ${name}`, instance),
        }));
    }
    if (code !== 'BACKUP_FAILED' || here.some(({ kind }) => kind === 'backup-failed')) return [];
    return [
      {
        ...{ kind: 'backup-failed', severity: 'critical', storeId, mountId },
        text: `the newest recovery point of mount ${name}, ${recoveryPointId}, is of a backup that failed: ${text}`,
        hint: 'see the errors in the log, mend them, and make the backup again',
      },
    ];
  });
}
