import { functionNotFound, invalidParameter, LambdaServiceError, notSupported } from '../errors.ts';
import type { ApiResponse } from '../http-endpoint.ts';
import { UNZIPPED_CODE_BYTES, ZIPPED_CODE_BYTES } from '../limits.ts';
import { describeFunction } from '../management/describe-function.ts';
import { parseCreation, parseUpdate } from '../management/settings.ts';
import { readCode } from './code.ts';
import { answerJson, type Call, type JsonBody, readJson } from './operation.ts';
import { pageOf } from './pages.ts';

export async function createFunction(call: Call): Promise<ApiResponse> {
  const body = readJson(call);
  const settings = parseCreation(body);
  checkRole(settings.Role, call.accountId);
  const name = readNewName(body.FunctionName, call);
  const code = await readCode('CreateFunction', (body.Code ?? {}) as JsonBody, call);
  return answerJson(201, describeFunction(await call.createdFunctions.create(name, settings, code)));
}

export async function updateFunctionCode(call: Call): Promise<ApiResponse> {
  const { settings } = call.findTarget();
  const { Architectures, DryRun = false, RevisionId, Publish = false, ...source } = readJson(call);
  if (Publish !== false) throw notSupported('UpdateFunctionCode with Publish');
  const { architectures } = readArchitectures(Architectures);
  const code = await readCode('UpdateFunctionCode', source, call);
  const change = { isDryRun: DryRun === true, revisionId: readRevision(RevisionId), architectures };
  return answerJson(
    200,
    describeFunction(await call.createdFunctions.updateCode(settings.name, code, change)),
  );
}

export async function updateFunctionConfiguration(call: Call): Promise<ApiResponse> {
  const { settings } = call.findTarget();
  const body = readJson(call);
  const update = parseUpdate(body);
  if (update.Role !== undefined) checkRole(update.Role, call.accountId);
  const revision = readRevision(body.RevisionId);
  return answerJson(
    200,
    describeFunction(await call.createdFunctions.updateSettings(settings.name, update, revision)),
  );
}

export function getFunction({ findTarget }: Call): ApiResponse {
  const deployed = findTarget();
  const { settings, created } = deployed;
  return answerJson(200, {
    Configuration: describeFunction(deployed),
    // Without Location: there is no address from which the package could be fetched.
    Code: { RepositoryType: 'S3' },
    ...(created?.settings.Tags && { Tags: created.settings.Tags }),
    ...(settings.reservedConcurrency !== undefined && {
      Concurrency: { ReservedConcurrentExecutions: settings.reservedConcurrency },
    }),
  });
}

export function getFunctionConfiguration({ findTarget }: Call): ApiResponse {
  return answerJson(200, describeFunction(findTarget()));
}

export function listFunctions({ service, query }: Call): ApiResponse {
  if (query.has('MasterRegion')) throw notSupported('ListFunctions with MasterRegion');
  const page = pageOf(service.registry.all, query, ({ settings }) => settings.name);
  return answerJson(200, { Functions: page.items.map(describeFunction), NextMarker: page.nextMarker });
}

export async function deleteFunction({ query, findTarget, createdFunctions }: Call): Promise<ApiResponse> {
  const { settings } = findTarget();
  if (query.has('Qualifier')) {
    throw invalidParameter('$LATEST version cannot be deleted without deleting the function.');
  }
  await createdFunctions.remove(settings.name);
  return { statusCode: 204 };
}

export function getAccountSettings({ service, createdFunctions }: Call): ApiResponse {
  return answerJson(200, {
    AccountLimit: {
      TotalCodeSize: createdFunctions.codeStorageBytes,
      CodeSizeUnzipped: UNZIPPED_CODE_BYTES,
      CodeSizeZipped: ZIPPED_CODE_BYTES,
      ConcurrentExecutions: service.concurrency.limit,
      UnreservedConcurrentExecutions: service.concurrency.unreserved,
    },
    AccountUsage: { TotalCodeSize: createdFunctions.codeBytes, FunctionCount: service.registry.all.length },
  });
}

/** A name, or an ARN of this account and region that ends in one. */
function readNewName(value: unknown, { service }: Call): string {
  const text = typeof value === 'string' ? value : '';
  const name = /^(?:.*:)?([a-zA-Z0-9-_]{1,64})$/.exec(text)?.[1];
  if (name === undefined) {
    throw new LambdaServiceError(
      'ValidationException',
      400,
      `1 validation error detected: Value '${text}' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9-_]{1,64}, or be an ARN that ends in such a name`,
    );
  }
  if (!service.registry.arnOf(name).endsWith(text)) throw functionNotFound(text);
  return name;
}

function checkRole(roleArn: string, accountId: string): void {
  if (roleArn.split(':')[4] === accountId) return;
  throw new LambdaServiceError('AccessDeniedException', 403, 'Cross-account pass role is not allowed.');
}

function readRevision(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function readArchitectures(value: unknown): { architectures?: ('x86_64' | 'arm64')[] } {
  if (value === undefined) return {};
  const [architecture] = Array.isArray(value) ? value : [];
  if (architecture !== 'x86_64' && architecture !== 'arm64') {
    throw invalidParameter(`Architectures is ${JSON.stringify(value)}, allowed are [x86_64] and [arm64].`);
  }
  return { architectures: [architecture] };
}
