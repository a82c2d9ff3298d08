import type { SignedRequest } from '../http-endpoint.ts';
import { codeObjectIn } from './code.ts';
import type { JsonBody } from './operation.ts';
import { findRoute } from './route.ts';

/** What a request does, in the words of IAM; one of the resources must be allowed. */
interface RequestedAccess {
  readonly action: string;
  readonly anyOf: readonly string[];
}

/**
 * Everything that the caller must be allowed: the operation on its function, to pass the role that the function will
 * have, and to read code that lies in S3.
 */
export function lambdaAccess(
  { method, url, body }: SignedRequest,
  { region, accountId }: { readonly region: string; readonly accountId: string },
): readonly RequestedAccess[] {
  const route = findRoute(method, url);
  if (route === undefined) return [];
  const { name, operation, functionName } = route;
  const request = operation?.method === 'GET' || name === 'Invoke' ? {} : parseObject(body);
  const target = functionName ?? request.FunctionName;
  const access = [
    {
      action: operation?.action ?? `lambda:${name}`,
      anyOf: [typeof target === 'string' ? functionArn(target, region, accountId) : '*'],
    },
  ];
  if (typeof request.Role === 'string') access.push({ action: 'iam:PassRole', anyOf: [request.Role] });
  const object = operation?.takesCode && codeObjectIn(codeSourceOf(request));
  if (object) {
    access.push({ action: 's3:GetObject', anyOf: [`arn:aws:s3:::${object.bucket}/${object.key}`] });
  }
  return access;
}

/** A name or ARN, without its version. */
function functionArn(nameOrArn: string, region: string, accountId: string): string {
  const name = nameOrArn.replace(/^(.*:)?function:/, '').split(':')[0] ?? '';
  const isForeign =
    nameOrArn.startsWith('arn:') && !nameOrArn.startsWith(`arn:aws:lambda:${region}:${accountId}:`);
  return isForeign ? nameOrArn : `arn:aws:lambda:${region}:${accountId}:function:${name}`;
}

/** CreateFunction has the code in a member of its own, UpdateFunctionCode in the body. */
function codeSourceOf(request: JsonBody): JsonBody {
  return typeof request.Code === 'object' && request.Code !== null ? (request.Code as JsonBody) : request;
}

/** A body that is no JSON object is refused by the operation itself. */
function parseObject(body: Buffer): JsonBody {
  try {
    const value: unknown = JSON.parse(body.toString());
    return typeof value === 'object' && value !== null ? (value as JsonBody) : {};
  } catch {
    return {};
  }
}
