import type { JudgedDatabase } from '../../shared/domain/recoverability/judgement.ts';
import type { PointRecoverability } from '../../shared/usecases/databases/recovery-windows.ts';

/** For reading: an answer has at most 6 MB. */
const maxWindows = 50;
const maxLacked = 100;

/** A verdict as the API shows it. */
export function presentVerdict({
  recoverable,
  windows,
  firstGap,
  reasons,
  advice,
  lacksFiles,
}: JudgedDatabase) {
  return {
    recoverable,
    windows: windows.slice(-maxWindows).map(({ base, ...window }) => ({
      ...window,
      base: { uploadId: base.uploadId, logNumber: base.logNumber, line: base.line },
    })),
    ...(firstGap && { firstGap }),
    reasons,
    advice,
    lacksFileCount: lacksFiles.length,
    lacksFiles: lacksFiles.slice(0, maxLacked).map(({ path, sizeBytes }) => ({ path, sizeBytes })),
  };
}

export const presentPointVerdict = ({ point, verdict }: PointRecoverability) => {
  const { recoveryPointId, mountId, takenAt, state } = point;
  return { recoveryPointId, mountId, takenAt, state, ...presentVerdict(verdict) };
};

/** `+02:00` in minutes. */
export function readOffset(text: string | undefined): number | undefined {
  const [, sign, hours, minutes] = /^([+-])(\d{2}):(\d{2})$/.exec(text ?? '') ?? [];
  return sign === undefined ? undefined : Number(`${sign}1`) * (Number(hours) * 60 + Number(minutes));
}
