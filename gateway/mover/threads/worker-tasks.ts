import type { ContentKeys } from '../../../shared/domain/vault/encryption/mount-keys.ts';
import type { Frame, PreparedFrame } from '../../../shared/domain/vault/pack.ts';
import type { KnownWindow } from '../baseline/kept-segment.ts';
import type { CutWindow, Stretch } from '../changes/cut-window.ts';
import type { WindowContent } from '../changes/segment-pieces.ts';
import type { Descriptors } from './direct-io.ts';
import type { Slot } from './slot-memory.ts';

/** A stretch of a file, within one frame's length. */
export interface Window extends Descriptors {
  readonly offset: number;
  readonly length: number;
  readonly leafBytes: number;
  /** What the parent has there. */
  readonly known?: KnownWindow;
  /** Whether something is kept of its file for the next snapshot. */
  readonly isKept?: boolean;
  /** What of the content the parent has elsewhere. */
  readonly moved?: readonly Stretch[];
  /** Given when its content is to be told: the size of its file. */
  readonly fileBytes?: number;
}

/** A window whose content is to be told, and nothing else yet. */
export type ScannedWindow = Window & { readonly fileBytes: number };

/** The digests are those of blocks; of other content there are none. */
export interface ScannedContent {
  readonly content: WindowContent;
  readonly leafDigests: Uint8Array;
}

/** A frame of a pack and where its bytes go in one file. */
export interface Placement extends Descriptors {
  readonly frame: Frame;
  /** Its number in its pack, and the key of that, when it is encrypted. */
  readonly sealed?: { readonly number: number; readonly key: Uint8Array };
  /** Named in errors. */
  readonly name: string;
  readonly writes: readonly FrameWrite[];
  /** The file that digests of leaves go to. */
  readonly table?: number | undefined;
}

export interface FrameWrite {
  /** Absent: others brought what stands there, and it is only read back. */
  readonly frameOffset?: number | undefined;
  readonly length: number;
  readonly fileOffset: number;
  /** Where in the table those of its leaves go. Only where these are blocks of the frame: both offsets are multiples of them. */
  readonly digestsAt?: number | undefined;
}

/** Whole leaves of a file that were read from the disk when all of them stood there, and whose digests are in the table. */
export interface ProvenStretch {
  readonly fileOffset: number;
  readonly length: number;
}

/** Stretches of a file, ascending, each of whole leaves and within one frame's length. */
export interface LeafRuns extends Descriptors {
  readonly leafBytes: number;
  readonly runs: readonly { readonly offset: number; readonly length: number }[];
}

/** The keys that a worker pool works with. */
export interface PoolKeys {
  /** Of an encrypted mount. */
  readonly content?: ContentKeys;
  /** Of a store that keeps something of its snapshots. */
  readonly stripKey?: Uint8Array;
}

/** What a thread is told of a worker pool before the first task of it. */
export interface WorkerSetup extends PoolKeys {
  readonly slots: readonly Slot[];
}

/** What a worker pool wants done. `slot` is the memory that stored bytes travel in. */
export type WorkerTask = { readonly slot: number } & (
  | { readonly purpose: 'cut'; readonly window: Window; readonly level: number }
  /** The raw bytes of a frame lie in the slot. */
  | { readonly purpose: 'compress'; readonly rawBytes: number; readonly level: number }
  | { readonly purpose: 'hash'; readonly leaves: LeafRuns }
  | { readonly purpose: 'scan'; readonly window: ScannedWindow }
  | { readonly purpose: 'place'; readonly placement: Placement }
);

/** A frame whose stored bytes lie in the task's slot. */
export type FrameInSlot = Omit<PreparedFrame, 'stored'> & { readonly storedBytes: number };

export type WorkerAnswer =
  | {
      readonly outcome: 'cut';
      readonly cut: Omit<CutWindow, 'frame' | 'loose'>;
      readonly frame?: FrameInSlot;
      readonly looseBytes?: number;
    }
  | { readonly outcome: 'compressed'; readonly frame: FrameInSlot }
  | { readonly outcome: 'hashed'; readonly leafDigests: Uint8Array }
  | ({ readonly outcome: 'scanned' } & ScannedContent)
  | { readonly outcome: 'placed'; readonly proven: readonly ProvenStretch[] }
  /** The file ended before the window did. */
  | { readonly outcome: 'short' }
  /** A frame that is not what its table says; errors of ours do not survive the way between threads. */
  | { readonly outcome: 'damaged'; readonly message: string }
  /** An error loses on that way what the system calls it, such as ENOSPC. */
  | { readonly outcome: 'failed'; readonly error: unknown; readonly errno?: string };

/** What a thread is told: of a pool, of its end (without a setup), or a task of it. */
export type ThreadMessage = { readonly pool: number } & (
  | { readonly setup?: WorkerSetup | undefined }
  | { readonly task: WorkerTask }
);

export type WorkerReply = { readonly pool: number; readonly slot: number; readonly answer: WorkerAnswer };
