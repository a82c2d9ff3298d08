import { type ArchiveClass, archiveClasses } from '../../shared/domain/archive/archive-class.ts';

/** The class that packs are moved to and from which age on; undefined where none are moved. */
export function readArchive(environment: {
  readonly ARCHIVE_CLASS: string;
  readonly COLD_AFTER_DAYS: string;
}): { readonly storageClass: ArchiveClass; readonly coldAfterDays: number } | undefined {
  const storageClass = archiveClasses.find((each) => each === environment.ARCHIVE_CLASS);
  const coldAfterDays = Number(environment.COLD_AFTER_DAYS);
  return storageClass === undefined || coldAfterDays === 0 ? undefined : { storageClass, coldAfterDays };
}
