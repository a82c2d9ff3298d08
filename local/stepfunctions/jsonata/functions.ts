import { createHash } from 'node:crypto';
import jsonata from 'jsonata';

/** What an expression may take from outside. Injected, so that a test's results do not vary. */
export interface QueryEnvironment {
  readonly now: () => number;
  readonly random: () => number;
  readonly newId: () => string;
}

/** Elements that `$range` may return: AWS refuses one more with the same message. */
const MAX_RANGE_LENGTH = 360_145;

const HASH_ALGORITHMS: Readonly<Record<string, string>> = {
  MD5: 'md5',
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
};

const formatInstant = jsonata('$fromMillis(millis, picture, timezone)');

/**
 * The functions that Step Functions adds to JSONata, and those of JSONata's own that read a clock.
 * Arguments out of range give undefined, as on AWS: the field that holds the expression then fails.
 * `$eval` is bound to nothing because Step Functions takes it away.
 */
export function createFunctions(environment: QueryEnvironment): Record<string, unknown> {
  const millis = environment.now();
  return {
    partition,
    range,
    hash,
    parse: (text: unknown) => (typeof text === 'string' ? JSON.parse(text) : undefined),
    random: (seed: unknown) => (typeof seed === 'number' ? seededRandom(seed) : environment.random()),
    uuid: environment.newId,
    millis: () => millis,
    now: (picture: unknown, timezone: unknown) => formatInstant.evaluate({ millis, picture, timezone }),
    eval: undefined,
  };
}

function partition(items: unknown, chunkSize: unknown): unknown {
  const list = items === undefined || Array.isArray(items) ? items : [items];
  const size = toInteger(chunkSize);
  if (list === undefined || list.length === 0 || size === undefined || size < 1) {
    return undefined;
  }
  return Array.from({ length: Math.ceil(list.length / size) }, (_, chunk) =>
    list.slice(chunk * size, (chunk + 1) * size),
  );
}

function range(from: unknown, to: unknown, by: unknown): unknown {
  const [start, end, step] = [toInteger(from), toInteger(to), toInteger(by)];
  if (start === undefined || end === undefined || !step || (end - start) * step < 0) {
    return undefined;
  }
  const length = Math.floor((end - start) / step) + 1;
  if (length > MAX_RANGE_LENGTH) {
    throw new Error('Expression evaluation memory limit exceeded');
  }
  const values = Array.from({ length }, (_, position) => start + position * step);
  // A JSONata sequence: one element alone becomes the bare number, as it does on AWS.
  return Object.defineProperty(values, 'sequence', { value: true, enumerable: false });
}

function hash(text: unknown, algorithm: unknown): unknown {
  if (typeof text !== 'string' || algorithm === undefined) {
    return undefined;
  }
  const name = HASH_ALGORITHMS[String(algorithm)];
  if (name === undefined) {
    throw new Error(
      `$hash does not know '${String(algorithm)}', only ${Object.keys(HASH_ALGORITHMS).join(', ')}`,
    );
  }
  return createHash(name).update(text).digest('hex');
}

/** Towards zero, as AWS rounds: $range(-1.7, 2, 1) starts at -1. */
function toInteger(value: unknown): number | undefined {
  return typeof value === 'number' ? Math.trunc(value) : undefined;
}

/** The same seed gives the same number in [0, 1), after splitmix32. AWS's own sequence is not published. */
function seededRandom(seed: number): number {
  let bits = (Math.trunc(seed) + 0x9e3779b9) | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x21f0aaad);
  bits = Math.imul(bits ^ (bits >>> 15), 0x735a2d97);
  return ((bits ^ (bits >>> 15)) >>> 0) / 2 ** 32;
}
