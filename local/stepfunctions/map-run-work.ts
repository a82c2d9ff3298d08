import type { Home } from './arns.ts';
import type { OpenObjects } from './distributed/objects.ts';
import { readItems } from './distributed/read-items.ts';
import type { ReadRequest, WriteRequest } from './distributed/requests.ts';
import { writeResults } from './distributed/write-results.ts';
import type { Json } from './json.ts';
import type { ChildInput, MapRun } from './records.ts';
import type { Store } from './store/store.ts';

/** Inputs that are in memory at once while they are written. */
const INPUTS_PAGE = 100;

/**
 * Reads the items of Map runs and writes their results. Never rejects: whatever goes wrong is the run's
 * failure.
 */
export class MapRunWork {
  readonly #options: {
    readonly store: Store;
    readonly home: Home;
    /** Absent: definitions that need S3 were refused. */
    readonly openObjects: OpenObjects | undefined;
    readonly resultFileBytes: number;
  };

  constructor(options: {
    store: Store;
    home: Home;
    openObjects: OpenObjects | undefined;
    resultFileBytes: number;
  }) {
    this.#options = options;
  }

  async read(
    request: ReadRequest,
    roleArn: string,
  ): Promise<{ readonly items: readonly Json[] } | { readonly cause: string }> {
    try {
      return { items: await readItems(request, this.#open(roleArn)) };
    } catch (error) {
      return { cause: describeCause(error) };
    }
  }

  async write(
    mapRun: MapRun,
    request: WriteRequest,
    roleArn: string,
  ): Promise<{ readonly bucket: string; readonly key: string } | { readonly cause: string }> {
    const { store, home, resultFileBytes: maxFileBytes } = this.#options;
    try {
      const results = { ended: store.mapChildren(mapRun.arn), pending: this.#pending(mapRun) };
      const settings = { objects: this.#open(roleArn), home, maxFileBytes };
      return { bucket: request.bucket, key: await writeResults(mapRun, request, results, settings) };
    } catch (error) {
      return { cause: describeCause(error) };
    }
  }

  #open(roleArn: string) {
    if (this.#options.openObjects === undefined) {
      throw new Error('No S3 is connected');
    }
    return this.#options.openObjects(roleArn);
  }

  *#pending(mapRun: MapRun): Generator<ChildInput> {
    const { mapRuns } = this.#options.store;
    const tally = Object.values(mapRuns.tally(mapRun.arn));
    const started = tally.reduce((sum, { executions }) => sum + executions, 0);
    for (let from = started; from < mapRun.childCount; from += INPUTS_PAGE) {
      yield* mapRuns.inputs(mapRun.arn, from, INPUTS_PAGE);
    }
  }
}

function describeCause(error: unknown): string {
  const { name, message } = error as Error;
  return name === 'Error' ? message : `${name}: ${message}`;
}
