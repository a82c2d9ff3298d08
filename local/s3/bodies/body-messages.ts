import type { DigestRequest, Digests } from './digests.ts';

/** To the worker thread. Each body has a number of its own. */
export type BodyOrder =
  | {
      readonly kind: 'open';
      readonly body: number;
      readonly path: string;
      /** How the file is opened beside what a new one needs. */
      readonly flags: number;
      readonly request: DigestRequest;
    }
  | {
      readonly kind: 'bytes';
      readonly body: number;
      readonly batch: SharedArrayBuffer;
      readonly sizeBytes: number;
    }
  | { readonly kind: 'finish'; readonly body: number }
  | { readonly kind: 'abandon'; readonly body: number };

/** From the worker thread. */
export type BodyReply =
  /** The oldest batch of the body may be filled again. */
  | { readonly kind: 'batch'; readonly body: number }
  /** The file is closed and on the disk. */
  | { readonly kind: 'stored'; readonly body: number; readonly digests: Digests }
  /** The disk refused; the body is to be abandoned. */
  | { readonly kind: 'failed'; readonly body: number; readonly cause: Error }
  /** The file is closed. */
  | { readonly kind: 'abandoned'; readonly body: number };
