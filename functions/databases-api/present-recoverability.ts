import type { Recoverability } from '../../shared/domain/recoverability/verdict.ts';
import type { PointRecoverability } from '../../shared/usecases/recovery-windows.ts';

/** A restore stages the whole point: these are for reading, and an answer has at most 6 MB. */
const maxFiles = 100;
const maxWindows = 50;

/** A verdict as the API shows it. */
export function presentVerdict({ recoverable, windows, firstGap, reasons, advice }: Recoverability) {
  return {
    recoverable,
    windows: windows.slice(-maxWindows).map(({ base, files, ...window }) => ({
      ...window,
      base: { uploadId: base.uploadId, logNumber: base.logNumber, line: base.line },
      fileCount: files.length,
      files: files.slice(0, maxFiles),
    })),
    ...(firstGap && { firstGap }),
    reasons,
    advice,
  };
}

export const presentPoint = ({ point, verdict }: PointRecoverability) => {
  const { recoveryPointId, mountId, takenAt, state } = point;
  return { recoveryPointId, mountId, takenAt, state, ...presentVerdict(verdict) };
};

/** `+02:00` in minutes. */
export function readOffset(text: string | undefined): number | undefined {
  const [, sign, hours, minutes] = /^([+-])(\d{2}):(\d{2})$/.exec(text ?? '') ?? [];
  return sign === undefined ? undefined : Number(`${sign}1`) * (Number(hours) * 60 + Number(minutes));
}
