import type { MountId, UploadId } from '../ids.ts';
import type { ContentKey } from './content-key.ts';
import type { LogGap, Recoverability, Recoverable, RecoveryWindow } from './verdict.ts';

/**
 * What was judged of a point when it was made, stored write-once beside the file map of the same number. A point without one is
 * `unknown` in everything.
 */
export interface Judgement extends JudgementHeader {
  /** In the order of the file map. */
  readonly databases: readonly JudgedDatabase[];
}

export interface JudgementHeader {
  readonly version: 1;
  readonly mountId: MountId;
  readonly recoveryPointId: UploadId;
  /** Of the file map that was judged; the judgement's own is the same. */
  readonly number: number;
  readonly seq: number;
  readonly log: PointLog;
}

/** Whether a log says what is in a point. `missing`: none came, or none that could be read to its end. */
export type PointLog = 'read' | 'missing';

/** A verdict on one database, and what of its backups the snapshot lacks. */
export interface JudgedDatabase extends Omit<Recoverability, 'windows'> {
  readonly name?: string;
  readonly windows: readonly JudgedWindow[];
  /** Files that a recovery would need and that earlier points had. Which points have them, `findHeld` tells. */
  readonly lacksFiles: readonly LackedFile[];
  /** It has incrementals, and the files of a backup that they go back to are not known: every earlier point may hold them. */
  readonly needsUnknown?: true;
}

/** A window without the whole list of its files: the newest points of a large database would repeat it a hundred times. */
export interface JudgedWindow extends Omit<RecoveryWindow, 'files'> {
  readonly fileCount: number;
  /** The first of them. */
  readonly files: readonly string[];
}

export interface LackedFile {
  /** Which content is meant: a path may be used again. */
  readonly key: ContentKey;
  /** Where it lay in the mount. */
  readonly path: string;
  readonly sizeBytes: number;
}

/** What the catalog says of a point's newest judgement: enough for lists, and for retention as long as nothing is lacking. */
export interface JudgementSummary {
  /** Of the judgement and of its file map. */
  readonly number: number;
  readonly log: PointLog;
  readonly databases: readonly JudgedInShort[];
  /** Databases beyond those that have room here; the judgement has them all. */
  readonly omitted?: number;
}

export interface JudgedInShort {
  readonly dbid: string;
  readonly recoverable: Recoverable;
  /** How many files it lacks; absent when none. */
  readonly lacks?: number;
  readonly needsUnknown?: true;
  /** The first gap in its archived logs. */
  readonly gap?: LogGap;
}

/** An entry takes at most some 160 bytes of an item's 400 KB; most mounts have one database, large ones some hundred. */
const maxInShort = 1000;

export function summarize({ number, log, databases }: Judgement): JudgementSummary {
  const omitted = databases.length - maxInShort;
  return {
    number,
    log,
    databases: databases
      .slice(0, maxInShort)
      .map(({ dbid, recoverable, lacksFiles, needsUnknown, firstGap }) => ({
        dbid,
        recoverable,
        ...(lacksFiles.length > 0 && { lacks: lacksFiles.length }),
        ...(needsUnknown && { needsUnknown }),
        ...(firstGap && { gap: firstGap }),
      })),
    ...(omitted > 0 && { omitted }),
  };
}
