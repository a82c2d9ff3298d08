import type { Home } from '../arns.ts';
import { makeMachineArn } from '../arns.ts';
import type { Json, JsonObject } from '../json.ts';
import type { ChildInput, ExecutionRecord, MapRun } from '../records.ts';
import type { ObjectStore } from './objects.ts';
import type { WriteRequest } from './requests.ts';
import { transformResult } from './results.ts';

/** What there is to write of a Map run, in the order of its items. */
export interface MapRunResults {
  readonly ended: Iterable<ExecutionRecord>;
  /** Inputs whose children were never started. */
  readonly pending: Iterable<ChildInput>;
}

const FILE_KINDS = ['FAILED', 'PENDING', 'SUCCEEDED'] as const;
type FileKind = (typeof FILE_KINDS)[number];

/**
 * Writes the result files of a Map run and, last, the manifest that names them; returns the manifest's key.
 * Written again after a crash, they are the same objects.
 */
export async function writeResults(
  mapRun: MapRun,
  request: WriteRequest,
  results: MapRunResults,
  settings: { readonly objects: ObjectStore; readonly home: Home; readonly maxFileBytes: number },
): Promise<string> {
  const folder = `${describePrefix(request.prefix)}${mapRun.arn.slice(mapRun.arn.lastIndexOf(':') + 1)}`;
  const files = new ResultFiles(folder, request, settings);
  for (const child of results.ended) {
    const kind = child.status === 'SUCCEEDED' ? 'SUCCEEDED' : 'FAILED';
    for (const entry of transformResult(child, request.transformation)) {
      await files.add(kind, entry);
    }
  }
  const machineArn = makeMachineArn(settings.home, mapRun.machineName);
  for (const { input } of results.pending) {
    await files.add('PENDING', describePending(input, machineArn));
  }
  const manifest = {
    DestinationBucket: request.bucket,
    MapRunArn: mapRun.arn,
    ResultFiles: await files.finish(),
  };
  const key = `${folder}/manifest.json`;
  await settings.objects.put({ bucket: request.bucket, key }, JSON.stringify(manifest));
  return key;
}

function describePrefix(prefix = ''): string {
  return prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
}

function describePending(input: Json, machineArn: string): JsonObject {
  return {
    Input: JSON.stringify(input),
    InputDetails: { Included: true },
    StateMachineArn: machineArn,
    Status: 'PENDING',
  };
}

interface OpenFile {
  readonly entries: string[];
  sizeBytes: number;
}

/** Collects entries by kind and stores a file whenever one is full. */
class ResultFiles {
  readonly #folder: string;
  readonly #request: WriteRequest;
  readonly #settings: { readonly objects: ObjectStore; readonly maxFileBytes: number };
  readonly #open = new Map<FileKind, OpenFile>();
  readonly #stored: Record<FileKind, { Key: string; Size: number }[]> = {
    FAILED: [],
    PENDING: [],
    SUCCEEDED: [],
  };

  constructor(
    folder: string,
    request: WriteRequest,
    settings: { readonly objects: ObjectStore; readonly maxFileBytes: number },
  ) {
    this.#folder = folder;
    this.#request = request;
    this.#settings = settings;
  }

  async add(kind: FileKind, entry: Json): Promise<void> {
    const text = JSON.stringify(entry);
    const sizeBytes = Buffer.byteLength(text) + 1;
    if ((this.#open.get(kind)?.sizeBytes ?? 0) + sizeBytes > this.#settings.maxFileBytes) {
      await this.#store(kind);
    }
    const file = this.#open.get(kind) ?? { entries: [], sizeBytes: 0 };
    file.entries.push(text);
    file.sizeBytes += sizeBytes;
    this.#open.set(kind, file);
  }

  async finish(): Promise<Record<FileKind, readonly { Key: string; Size: number }[]>> {
    for (const kind of FILE_KINDS) {
      await this.#store(kind);
    }
    return this.#stored;
  }

  async #store(kind: FileKind): Promise<void> {
    const entries = this.#open.get(kind)?.entries;
    if (entries === undefined) {
      return;
    }
    const isLines = this.#request.outputType === 'JSONL';
    const body = isLines ? `${entries.join('\n')}\n` : `[${entries.join(',')}]`;
    const stored = this.#stored[kind];
    const key = `${this.#folder}/${kind}_${stored.length}.${isLines ? 'jsonl' : 'json'}`;
    await this.#settings.objects.put({ bucket: this.#request.bucket, key }, body);
    stored.push({ Key: key, Size: Buffer.byteLength(body) });
    this.#open.delete(kind);
  }
}
