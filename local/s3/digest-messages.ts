import type { DigestRequest, Digests } from './body-digester.ts';

/** To the worker thread. Each body has a number of its own. */
export type DigestOrder =
  | { readonly kind: 'open'; readonly body: number; readonly request: DigestRequest }
  | { readonly kind: 'bytes'; readonly body: number; readonly batch: ArrayBuffer; readonly sizeBytes: number }
  | { readonly kind: 'finish'; readonly body: number }
  | { readonly kind: 'abandon'; readonly body: number };

/** From the worker thread: a batch comes back to be filled again. */
export type DigestReply =
  | { readonly kind: 'batch'; readonly body: number; readonly batch: ArrayBuffer }
  | { readonly kind: 'digests'; readonly body: number; readonly digests: Digests };
