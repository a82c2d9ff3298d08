import { accessSync, constants } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';

/** What serves DynamoDB: a program that we start, or an endpoint that is there already. */
export type DynamoDbProgram =
  | { readonly kind: 'binary'; readonly path: string }
  | { readonly kind: 'endpoint'; readonly url: string };

/**
 * Finds the DynamoDB to use: the endpoint that HOLDFAST_DYNAMODB_ENDPOINT names, else the dynoxide that npm
 * installed (it exists for 64-bit Linux), else `dynoxide` on PATH. Throws with what to do when there is none.
 */
export const findDynamoDb = (
  environment: Readonly<Record<string, string | undefined>> = process.env,
  packagedBinary: string | undefined = findPackagedBinary(),
): DynamoDbProgram => {
  const endpoint = environment.HOLDFAST_DYNAMODB_ENDPOINT;
  if (endpoint) return { kind: 'endpoint', url: checkEndpoint(endpoint) };
  const path = packagedBinary ?? findOnPath('dynoxide', environment.PATH ?? '');
  if (path) return { kind: 'binary', path };
  throw new Error(
    `No DynamoDB for ${process.platform}-${process.arch}: put a dynoxide binary on PATH ` +
      'or set HOLDFAST_DYNAMODB_ENDPOINT to the URL of any DynamoDB endpoint (for example DynamoDB local).',
  );
};

const checkEndpoint = (endpoint: string): string => {
  const url = URL.parse(endpoint);
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new Error(`HOLDFAST_DYNAMODB_ENDPOINT is "${endpoint}": give a URL like http://127.0.0.1:8000`);
  }
  return endpoint.replace(/\/+$/, '');
};

const findPackagedBinary = (): string | undefined => {
  try {
    return createRequire(import.meta.url).resolve('@dynoxide/linux-x64/dynoxide');
  } catch {
    // An optional dependency: npm leaves it out on other platforms.
    return undefined;
  }
};

const findOnPath = (name: string, path: string): string | undefined =>
  path
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find(isExecutable);

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};
