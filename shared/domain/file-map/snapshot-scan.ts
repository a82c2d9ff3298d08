import type { ManifestEntry } from '../vault/manifest-rows.ts';
import type { Draft } from './draft.ts';
import type { FileContent, InferredFile } from './file-map.ts';
import { inferFile } from './infer-file.ts';

export interface FoundFile {
  readonly path: string;
  readonly content: FileContent;
}

/** Each takes some hundred bytes of memory in every step that reads the map. */
const maxInferred = 100_000;

/**
 * The entries of a manifest as they pass: those that a draft asks for are kept, all others only counted, so that a million
 * files without a log cost no memory. Paths that are not UTF-8 match nothing, as a log's text has no bytes.
 */
export class SnapshotScan {
  readonly #wanted = new Set<string>();
  readonly #wantedInAnyCase = new Set<string>();
  readonly #found = new Map<string, FoundFile>();
  readonly #foundInAnyCase = new Map<string, FoundFile>();
  readonly #linked = new Map<number, FileContent>();
  readonly #claimed = new Set<string>();
  readonly inferred: InferredFile[] = [];
  readonly additional = { files: 0, bytes: 0 };
  /** Files whose name says what they are, beyond those that are kept. */
  uninferred = 0;

  constructor(draft: Draft) {
    for (const { files } of draft.entries) {
      for (const { named, foldsCase, isGone } of files) {
        if (named.path === undefined || isGone) continue;
        this.#wanted.add(named.path);
        if (foldsCase) this.#wantedInAnyCase.add(named.path.toLowerCase());
      }
    }
  }

  add(entry: ManifestEntry): void {
    const content = this.#contentOf(entry);
    if (content === undefined) return;
    const path = textOf(entry.path);
    const inAnyCase = path?.toLowerCase() ?? '';
    if (path === undefined) this.#count(content);
    else if (this.#wanted.has(path) || this.#wantedInAnyCase.has(inAnyCase)) {
      this.#found.set(path, { path, content });
      if (!this.#foundInAnyCase.has(inAnyCase)) this.#foundInAnyCase.set(inAnyCase, { path, content });
    } else this.#leave({ path, content });
  }

  /** The file that a name of a log means, which from then on is claimed. */
  claim(path: string, foldsCase: boolean): FoundFile | undefined {
    const found =
      this.#found.get(path) ?? (foldsCase ? this.#foundInAnyCase.get(path.toLowerCase()) : undefined);
    if (found !== undefined) this.#claimed.add(found.path);
    return found;
  }

  /** After the last claim: what was asked for and nobody took is like any other file. */
  end(): void {
    for (const file of this.#found.values()) if (!this.#claimed.has(file.path)) this.#leave(file);
  }

  #contentOf(entry: ManifestEntry): FileContent | undefined {
    if (entry.type === 'hardlink') return this.#linked.get(entry.linkGroup);
    if (entry.type !== 'file') return undefined;
    const content = { sizeBytes: entry.size, digest: entry.digest };
    if (entry.linkGroup !== undefined) this.#linked.set(entry.linkGroup, content);
    return content;
  }

  #leave({ path, content }: FoundFile): void {
    const inferred = inferFile(path, content);
    if (inferred === undefined) this.#count(content);
    else if (this.inferred.length < maxInferred) this.inferred.push(inferred);
    else {
      this.uninferred++;
      this.#count(content);
    }
  }

  #count({ sizeBytes }: FileContent): void {
    this.additional.files++;
    this.additional.bytes += sizeBytes;
  }
}

/** Undefined where the bytes are no UTF-8. */
export function textOf(path: Buffer): string | undefined {
  const text = path.toString('utf8');
  return Buffer.from(text, 'utf8').equals(path) ? text : undefined;
}
