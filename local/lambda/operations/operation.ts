import { LambdaServiceError } from '../errors.ts';
import type { DeployedFunction } from '../function-registry.ts';
import type { ApiResponse, SignedRequest } from '../http-endpoint.ts';
import type { CreatedFunctions } from '../management/created-functions.ts';
import type { LambdaService } from '../service.ts';

/** Reads a package from S3. The error's message says why it could not. */
export type ReadCodeObject = (source: CodeObject) => Promise<Uint8Array>;

export interface CodeObject {
  readonly bucket: string;
  readonly key: string;
  readonly versionId?: string;
}

export interface Call {
  readonly service: LambdaService;
  readonly createdFunctions: CreatedFunctions;
  /** Absent: packages in S3 are refused. */
  readonly readCodeObject: ReadCodeObject | undefined;
  readonly accountId: string;
  readonly request: SignedRequest;
  readonly requestId: string;
  readonly query: URLSearchParams;
  /** The function that the path names. */
  readonly findTarget: () => DeployedFunction;
}

export interface Operation {
  readonly method: string;
  /** With `{FunctionName}` where the function stands. */
  readonly path: string;
  readonly answer: (call: Call) => ApiResponse | Promise<ApiResponse>;
  /** The action that IAM is asked for, where it is not the operation's name. */
  readonly action?: string;
  /** Its body carries a package. */
  readonly takesCode?: true;
}

export type JsonBody = Readonly<Record<string, unknown>>;

export function readJson({ request }: Call): JsonBody {
  try {
    const body: unknown = JSON.parse(request.body.toString());
    if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as JsonBody;
  } catch {
    // Answered as any body that is no object.
  }
  throw new LambdaServiceError('SerializationException', 400, 'The body of the request is no JSON object.');
}

export function answerJson(statusCode: number, body: object): ApiResponse {
  return { statusCode, body: JSON.stringify(body) };
}
