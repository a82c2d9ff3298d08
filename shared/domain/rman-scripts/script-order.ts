import type { DatabaseFiles, FileMap } from '../file-map/file-map.ts';
import type { JudgedDatabase } from '../recoverability/judgement.ts';

export const scriptKinds = ['sets', 'copies', 'pdb', 'tablespace', 'datafile', 'new-host'] as const;
export type ScriptKind = (typeof scriptKinds)[number];

/** What is to be restored, and how. */
export type ScriptAim =
  /** The whole database to where it was: RMAN writes the datafiles anew. */
  | { readonly kind: 'sets' }
  /** The whole database, which then runs on the staged image copies themselves. */
  | { readonly kind: 'copies' }
  /** A pluggable database of a container database that is open. */
  | { readonly kind: 'pdb'; readonly pdb: string; readonly auxiliaryFolder?: string }
  | { readonly kind: 'tablespace'; readonly tablespace: string }
  | { readonly kind: 'datafile'; readonly datafile: number }
  /** The whole database on another host, its datafiles in one folder there. */
  | { readonly kind: 'new-host'; readonly newFolder: string };

/** Where recovery ends. Of a sequence: before that log, as RMAN counts. Times are those of the database host's clock. */
export type RecoveryEnd =
  | { readonly by: 'time'; readonly local: string }
  | { readonly by: 'scn'; readonly scn: number }
  | { readonly by: 'sequence'; readonly thread: number; readonly sequence: number };

export interface ScriptOrder {
  readonly aim: ScriptAim;
  /** The folder with the point's staged files, as the host of the database sees it. */
  readonly stagedAt: string;
  /** Absent: as far as is certain. */
  readonly end?: RecoveryEnd;
  /** Write the script although it may not work, where the person who runs it is to decide. */
  readonly atOwnRisk?: boolean;
}

/** What is known of the database at the point. */
export interface ScriptSubject {
  readonly map: FileMap;
  readonly database: DatabaseFiles;
  readonly verdict: JudgedDatabase;
}

export const refusalCodes = [
  'NOT_RECOVERABLE',
  'RECOVERABILITY_UNKNOWN',
  'TARGET_NOT_REACHED',
  'TARGET_UNCERTAIN',
  'COPIES_UNCERTAIN',
  'DATABASE_UNKNOWN',
  'VERSION_TOO_OLD',
  'STAGED_FOLDER_UNFIT',
  'LIVE_AREA',
  'CONTROL_FILE_MISSING',
  'COPIES_MISSING',
  'DATAFILE_UNKNOWN',
  'NAME_UNFIT',
  'NAME_UNKNOWN',
  'POINT_IN_TIME_UNFIT',
] as const;

/** Why there is no script. A final one cannot be overridden: nothing right could be written. */
export interface ScriptRefusal {
  readonly code: (typeof refusalCodes)[number];
  readonly isFinal: boolean;
  readonly text: string;
}

export const doubt = (code: ScriptRefusal['code'], text: string): ScriptRefusal => ({
  code,
  isFinal: false,
  text,
});
export const refusal = (code: ScriptRefusal['code'], text: string): ScriptRefusal => ({
  code,
  isFinal: true,
  text,
});

export interface ScriptFile {
  readonly name: string;
  readonly text: string;
}

export interface RestoreScripts {
  /** `at-own-risk`: there are reasons against it, which the order overrides. */
  readonly outcome: 'ready' | 'at-own-risk' | 'refused';
  readonly refusals: readonly ScriptRefusal[];
  /** What the point lacks, as far as it is known. */
  readonly missing: readonly string[];
  /** In the order in which they are read and run; of a refusal only what there is to read. */
  readonly files: readonly ScriptFile[];
}
