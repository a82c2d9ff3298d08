import type { ErrorCode } from '../../../shared/errors.ts';
import { ServiceError } from '../../../shared/errors.ts';
import type { WorkExtent } from './extent-sort.ts';
import type { RestoreWork } from './restore-work.ts';

/** What is wrong with one object of the vault costs the files that need it, and no others. */
const codes: readonly ErrorCode[] = [
  'VAULT_OBJECT_DAMAGED',
  'VAULT_OBJECT_MISSING',
  'VAULT_OBJECT_WRONG_SIZE',
];

export const isDamage = (error: unknown): error is ServiceError =>
  error instanceof ServiceError && codes.includes(error.code);

/** One name of a file that could not be restored, and why. */
export interface DamagedFile {
  readonly path: Buffer;
  readonly code: string;
  readonly reason: string;
}

/** What a restore had to leave out. */
export interface DamageReport {
  /** Names of files; `files` are the first of them. */
  readonly filesDamaged: number;
  readonly bytesDamaged: number;
  readonly files: readonly DamagedFile[];
  /** Keys of the objects that are not as they should be, the first of `objectsDamaged`. */
  readonly objectsDamaged: number;
  readonly objects: readonly string[];
}

/** So much of a report goes to the service and its catalog, where an item has 400 KB. */
const maxFiles = 100;
const maxPathBytes = 32 * 2 ** 10;
const maxObjects = 100;

/** Files that cannot be restored, and the first error of each. */
export class RestoreDamage {
  readonly #errors = new Map<number, ServiceError>();
  readonly #objects = new Set<string>();

  get first(): ServiceError | undefined {
    return this.#errors.values().next().value;
  }

  /** Files, each counted once. */
  get count(): number {
    return this.#errors.size;
  }

  has(file: number): boolean {
    return this.#errors.has(file);
  }

  note(file: number, error: ServiceError): void {
    if (!this.#errors.has(file)) this.#errors.set(file, error);
    const { object } = error.details;
    if (typeof object === 'string') this.#objects.add(object);
  }

  noteAll(extents: readonly Pick<WorkExtent, 'file'>[], error: ServiceError): void {
    for (const { file } of extents) this.note(file, error);
  }

  /** Every name that the restore leaves out. */
  *names(work: RestoreWork): Generator<DamagedFile> {
    for (const [id, error] of this.#errors) yield { path: work.file(id).path, ...describe(error) };
    for (const link of work.links()) {
      const error = 'file' in link ? this.#errors.get(link.file) : undefined;
      if (error) yield { path: link.path, ...describe(error) };
    }
  }

  report(work: RestoreWork): DamageReport {
    const files: DamagedFile[] = [];
    let filesDamaged = 0;
    let pathBytes = 0;
    for (const file of this.names(work)) {
      filesDamaged++;
      pathBytes += file.path.length;
      if (files.length < maxFiles && pathBytes <= maxPathBytes) files.push(file);
    }
    const bytesDamaged = [...this.#errors.keys()].reduce((sum, id) => sum + work.file(id).size, 0);
    const objects = [...this.#objects].slice(0, maxObjects);
    return { filesDamaged, bytesDamaged, files, objectsDamaged: this.#objects.size, objects };
  }
}

const describe = ({ code, message }: ServiceError) => ({ code, reason: message });
