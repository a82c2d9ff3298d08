import type { DigestRequest, Digests } from './bodies/digests.ts';
import {
  CHECKSUM_ALGORITHMS,
  type Checksum,
  type ChecksumAlgorithm,
  checksumHeader,
  isChecksumValue,
  parseAlgorithm,
} from './checksums.ts';
import { S3Error } from './s3-error.ts';

/** What the client declared about its body. */
export interface DeclaredIntegrity {
  /** Of x-amz-checksum-*, or of the trailer that will bring the value. */
  readonly algorithm: ChecksumAlgorithm | undefined;
  readonly checksum: string | undefined;
  readonly isInTrailer: boolean;
  readonly contentMd5: string | undefined;
  /** Hex; from x-amz-content-sha256. */
  readonly contentSha256: string | undefined;
}

export const NOTHING_DECLARED: DeclaredIntegrity = {
  algorithm: undefined,
  checksum: undefined,
  isInTrailer: false,
  contentMd5: undefined,
  contentSha256: undefined,
};

/** Reads Content-MD5, x-amz-checksum-*, x-amz-sdk-checksum-algorithm and x-amz-trailer as S3 does. */
export function readDeclaredIntegrity(
  headers: ReadonlyMap<string, string>,
  payload: string,
): DeclaredIntegrity {
  const given = CHECKSUM_ALGORITHMS.filter((algorithm) => headers.has(checksumHeader(algorithm)));
  if (given.length > 1) {
    throw invalid('Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.');
  }
  const [inHeader] = given;
  const checksum = inHeader && headers.get(checksumHeader(inHeader));
  if (inHeader && checksum !== undefined && !isChecksumValue(inHeader, checksum)) {
    throw invalid(`Value for ${checksumHeader(inHeader)} header is invalid.`);
  }
  const inTrailer = readTrailerAlgorithm(headers.get('x-amz-trailer'), payload);
  if (inHeader && inTrailer) {
    throw invalid('Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.');
  }
  checkSdkAlgorithm(headers.get('x-amz-sdk-checksum-algorithm'), inHeader ?? inTrailer);
  return {
    algorithm: inHeader ?? inTrailer,
    checksum,
    isInTrailer: inTrailer !== undefined,
    contentMd5: readContentMd5(headers.get('content-md5')),
    contentSha256: /^[0-9a-f]{64}$/.test(payload) ? payload : undefined,
  };
}

/** Whether a request brings a digest of its body, in a header or a trailer. */
export function hasDigest(headers: ReadonlyMap<string, string>): boolean {
  return [...headers.keys()].some(
    (name) =>
      name === 'content-md5' ||
      name === 'x-amz-trailer' ||
      /^x-amz-checksum-(crc32|crc32c|crc64nvme|sha1|sha256)$/.test(name),
  );
}

export interface IntegrityOptions {
  /** For a body whose client declared no checksum. */
  readonly defaultAlgorithm: ChecksumAlgorithm;
  readonly needsMd5: boolean;
}

/** Compares a body with what was declared when it has ended: who stored it by then must throw it away when this throws. */
export class IntegrityCheck {
  readonly request: DigestRequest;
  readonly #declared: DeclaredIntegrity;

  constructor(declared: DeclaredIntegrity, { defaultAlgorithm, needsMd5 }: IntegrityOptions) {
    this.#declared = declared;
    this.request = {
      algorithm: declared.algorithm ?? defaultAlgorithm,
      needsMd5: needsMd5 || declared.contentMd5 !== undefined,
      needsSha256: declared.contentSha256 !== undefined,
    };
  }

  /** The checksum of the body, as it is kept. */
  compare({ md5, sha256, checksum: value }: Digests, trailers: ReadonlyMap<string, string>): Checksum {
    const { algorithm } = this.request;
    const { contentMd5, contentSha256 } = this.#declared;
    if (contentSha256 !== undefined && sha256 !== contentSha256) {
      throw new S3Error(
        'XAmzContentSHA256Mismatch',
        "The provided 'x-amz-content-sha256' header does not match what was computed.",
      );
    }
    if (contentMd5 !== undefined && Buffer.from(contentMd5, 'base64').toString('hex') !== md5) {
      throw new S3Error('BadDigest', 'The Content-MD5 you specified did not match what we received.');
    }
    const expected = this.#declared.isInTrailer ? this.#readTrailer(trailers) : this.#declared.checksum;
    if (expected !== undefined && expected !== value) throw checksumMismatch(algorithm);
    return { algorithm, type: 'FULL_OBJECT', value };
  }

  #readTrailer(trailers: ReadonlyMap<string, string>): string {
    const name = checksumHeader(this.request.algorithm);
    const value = trailers.get(name);
    if (value === undefined) {
      throw new S3Error(
        'MalformedTrailerError',
        `The request announced the trailer ${name} and did not send it.`,
      );
    }
    if (!isChecksumValue(this.request.algorithm, value))
      throw invalid(`Value for ${name} trailing header is invalid.`);
    return value;
  }
}

export function checksumMismatch(algorithm: ChecksumAlgorithm): S3Error {
  return new S3Error('BadDigest', `The ${algorithm} you specified did not match the calculated checksum.`);
}

function readTrailerAlgorithm(trailer: string | undefined, payload: string): ChecksumAlgorithm | undefined {
  if (trailer === undefined) return undefined;
  const name = trailer.trim().toLowerCase();
  const algorithm = CHECKSUM_ALGORITHMS.find((candidate) => checksumHeader(candidate) === name);
  if (algorithm === undefined) {
    throw invalid(`The value specified in the x-amz-trailer header is not supported: ${trailer}`);
  }
  if (!payload.endsWith('-TRAILER')) {
    throw invalid('x-amz-trailer needs an x-amz-content-sha256 of a form that ends in -TRAILER.');
  }
  return algorithm;
}

function checkSdkAlgorithm(named: string | undefined, found: ChecksumAlgorithm | undefined): void {
  if (named === undefined) return;
  const algorithm = parseAlgorithm(named);
  if (algorithm === undefined) {
    throw invalid('Value for x-amz-sdk-checksum-algorithm header is invalid.');
  }
  if (found === undefined) {
    throw invalid(
      'x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.',
    );
  }
  if (found !== algorithm) throw invalid('Value for x-amz-sdk-checksum-algorithm header is invalid.');
}

function readContentMd5(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const bytes = Buffer.from(value, 'base64');
  if (bytes.length !== 16 || bytes.toString('base64') !== value) {
    throw new S3Error('InvalidDigest', 'The Content-MD5 you specified was invalid.');
  }
  return value;
}

function invalid(message: string): S3Error {
  return new S3Error('InvalidRequest', message);
}
