import { archiveClasses } from '../../shared/domain/archive/archive-class.ts';
import type { VolumeArchive } from '../../shared/domain/volume.ts';

/** Where old packs go, as the stage says; undefined where nowhere. */
export function readVolumeArchive(environment: {
  readonly ARCHIVE_CLASS: string;
  readonly COLD_AFTER_DAYS: string;
  readonly MAX_THAW_USD: string;
}): VolumeArchive | undefined {
  const found = archiveClasses.find((each) => each === environment.ARCHIVE_CLASS);
  const coldAfterDays = Number(environment.COLD_AFTER_DAYS);
  if (found === undefined) return undefined;
  const maxThawUsd = Number(environment.MAX_THAW_USD);
  return { class: found, ...(coldAfterDays > 0 && { coldAfterDays }), maxThawUsd };
}
