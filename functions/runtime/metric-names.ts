/**
 * Every metric of our own, and its unit. The namespace is the stage's, the one dimension the function (`service`), so that
 * each costs one metric a stage. Functions run at least once: a repeated step counts twice.
 */
export const metricUnits = {
  CommittedPoints: 'Count',
  /** Of the files in committed points, as they are on the mount. */
  CommittedBytes: 'Bytes',
  /** Of the objects that committed uploads added to the vault. */
  StoredBytes: 'Bytes',
  /** New points that are locked where their parents were not, the other way round, or for less long. */
  LockSettingsChanged: 'Count',
  RefusedCommits: 'Count',
  RestoresCompleted: 'Count',
  RestoresFailed: 'Count',
  /** Ended with files left out, because the vault does not hold them as they were stored. */
  RestoresDamaged: 'Count',
  JournalEntriesStored: 'Count',
  /** Points that their policy let go: they can be brought back for a while. */
  ExpiredPoints: 'Count',
  /** Plans that wait for the consent of an admin. */
  StoppedPlans: 'Count',
  ReclaimedPoints: 'Count',
  /** Objects deleted, of points, of uploads that were given up, and orphans. */
  DeletedObjects: 'Count',
  DeletedBytes: 'Bytes',
  /** Points and uploads that locked objects keep. */
  BlockedDeletions: 'Count',
  /** Objects that live points name and the vault has not, or not as they were stored. */
  DamagedObjects: 'Count',
  /** Prefixes in the vault of uploads that the catalog does not know. */
  UnknownPrefixes: 'Count',
  AuditedObjects: 'Count',
  /** Packs that were marked for the archive class. */
  ArchivedPacks: 'Count',
  ArchivedBytes: 'Bytes',
  /** Runs of the watch that came to their end. */
  WatchRuns: 'Count',
  /** Workflows that the watch started because whoever should have done it was gone. */
  WatchRestarts: 'Count',
  /** Uploads and commits that the watch ended: past their deadline, or without anybody at work on them. */
  OverdueUploads: 'Count',
  OverdueRestores: 'Count',
  OverdueRequests: 'Count',
  /** Staged files and clones that may still lie on a store, of which nobody will say what becomes of them. */
  AbandonedStagedFiles: 'Count',
  /** Mounts whose journal could not be brought to the vault in a run of the watch. */
  JournalsBehind: 'Count',
  JournalsForked: 'Count',
  /** Requests that schedules made. */
  ScheduledRequests: 'Count',
  /** Times of schedules that were left out for good. */
  MissedSchedules: 'Count',
  /** Schedules that a run of the watch could not look at; 1 when it was none of them. */
  SchedulesNotRun: 'Count',
  AlertsRaised: 'Count',
  /** Stores of which a run of the watch could not find out what is wrong. */
  StoresNotWatched: 'Count',
} as const satisfies Record<string, 'Count' | 'Bytes'>;

export type MetricName = keyof typeof metricUnits;
