import { invalidParameter, notSupported } from '../errors.ts';
import type { Call, CodeObject, JsonBody } from './operation.ts';

/** The package of a request, which holds it or says where in S3 it is. */
export async function readCode(operation: string, source: JsonBody, call: Call): Promise<Uint8Array> {
  const { ZipFile, S3Bucket, S3Key, S3ObjectVersion, ...others } = source;
  for (const [name, value] of Object.entries(others)) {
    if (value !== undefined && value !== '') throw notSupported(`${operation} with ${name}`);
  }
  if (typeof ZipFile === 'string') return Buffer.from(ZipFile, 'base64');
  if (typeof S3Bucket !== 'string' || typeof S3Key !== 'string') {
    throw invalidParameter('Please provide a source for function code.');
  }
  return readObject(operation, codeObjectOf({ S3Bucket, S3Key, S3ObjectVersion }), call);
}

/** Where a request says that its code lies; undefined when it holds it. */
export function codeObjectIn(source: JsonBody): CodeObject | undefined {
  return typeof source.S3Bucket === 'string' && typeof source.S3Key === 'string'
    ? codeObjectOf(source)
    : undefined;
}

function codeObjectOf({ S3Bucket, S3Key, S3ObjectVersion }: JsonBody): CodeObject {
  return {
    bucket: String(S3Bucket),
    key: String(S3Key),
    ...(typeof S3ObjectVersion === 'string' && { versionId: S3ObjectVersion }),
  };
}

async function readObject(
  operation: string,
  source: CodeObject,
  { readCodeObject }: Call,
): Promise<Uint8Array> {
  if (readCodeObject === undefined) throw notSupported(`${operation} with code in S3`);
  try {
    return await readCodeObject(source);
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    throw invalidParameter(
      `Error occurred while GetObject. S3 Error Code: ${name}. S3 Error Message: ${message}`,
    );
  }
}
