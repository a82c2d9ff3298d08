import type { DigestRequest, Digests } from './body-digester.ts';

/** To the worker thread. Each body has a number of its own. */
export type DigestOrder =
  | { readonly kind: 'open'; readonly body: number; readonly request: DigestRequest }
  | {
      readonly kind: 'bytes';
      readonly body: number;
      readonly batch: SharedArrayBuffer;
      readonly sizeBytes: number;
    }
  | { readonly kind: 'finish'; readonly body: number }
  | { readonly kind: 'abandon'; readonly body: number };

/** From the worker thread: the oldest batch of the body may be filled again. */
export type DigestReply =
  | { readonly kind: 'batch'; readonly body: number }
  | { readonly kind: 'digests'; readonly body: number; readonly digests: Digests };
