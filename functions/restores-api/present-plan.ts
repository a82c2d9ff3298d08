import type { DatabaseScope } from '../../shared/domain/restore-choice/scope.ts';
import type { RestorePlan } from '../../shared/usecases/restore-plan/plan-restore.ts';

/** For reading: an answer has at most 6 MB. */
const maxFiles = 1000;
const maxMissing = 200;

/** A plan as the API shows it. */
export function presentPlan({ point, files, missing, measured, ...plan }: RestorePlan) {
  const { recoveryPointId, mountId, takenAt } = point;
  return {
    ...plan,
    ...{ recoveryPointId, mountId, takenAt },
    fileCount: files.length,
    files: files.slice(0, maxFiles),
    missingCount: missing.length,
    missing: missing.slice(0, maxMissing),
    written: { files: measured.files, bytes: measured.writtenBytes },
    fetched: {
      bytes: Math.round(measured.fetchedBytes),
      requests: measured.requests,
      isByMaps: measured.isByMaps,
    },
  };
}

type Part =
  | { readonly container: string }
  | { readonly tablespace: string }
  | { readonly datafile: number | string }
  | { readonly backupSet: number | string };

/** The part that a request names. */
export function readPart(part: Part | undefined): Exclude<DatabaseScope, { kind: 'database' }> | undefined {
  if (part === undefined) return undefined;
  if ('container' in part) return { kind: 'container', ...part };
  if ('tablespace' in part) return { kind: 'tablespace', ...part };
  if ('datafile' in part) return { kind: 'datafile', ...part };
  return { kind: 'backup-set', set: part.backupSet };
}
