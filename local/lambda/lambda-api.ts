import { LambdaServiceError } from './errors.ts';
import type { FunctionConfig } from './function-config.ts';
import type { FunctionRegistry } from './function-registry.ts';
import type { ApiResponse, SignedRequest } from './http-endpoint.ts';
import type { LambdaService } from './service.ts';

/** Options of Invoke that change what a function sees; they are refused rather than dropped. */
const REFUSED_HEADERS = ['x-amz-client-context', 'x-amz-tenant-id', 'x-amz-durable-execution-name'];

interface Call {
  readonly service: LambdaService;
  readonly functions: FunctionRegistry;
  readonly request: SignedRequest;
  readonly requestId: string;
  /** The function that the path names. */
  readonly findTarget: () => FunctionConfig;
}

const OPERATIONS = [
  { method: 'POST', path: /^\/2015-03-31\/functions\/([^/]+)\/invocations$/, answer: invoke },
  { method: 'GET', path: /^\/2015-03-31\/functions\/([^/]+)$/, answer: getFunction },
  { method: 'GET', path: /^\/2015-03-31\/functions\/?$/, answer: listFunctions },
];

/** Answers Invoke, GetFunction and ListFunctions of Lambda's REST API; refuses all else by name. */
export async function answerLambdaApi(
  service: LambdaService,
  functions: FunctionRegistry,
  request: SignedRequest,
  requestId: string,
): Promise<ApiResponse> {
  const { pathname, searchParams } = new URL(request.url, 'http://lambda');
  const operation = OPERATIONS.find(({ method, path }) => method === request.method && path.test(pathname));
  if (operation === undefined) {
    throw notSupported(`${request.method} ${pathname} (it has Invoke, GetFunction and ListFunctions)`);
  }
  const encodedName = operation.path.exec(pathname)?.[1] ?? '';
  const qualifier = searchParams.get('Qualifier') ?? undefined;
  const findTarget = () => functions.find(decodeURIComponent(encodedName), qualifier);
  return operation.answer({ service, functions, request, requestId, findTarget });
}

async function invoke({ service, request, requestId, findTarget }: Call): Promise<ApiResponse> {
  const config = findTarget();
  const refused = REFUSED_HEADERS.find((name) => request.headers[name] !== undefined);
  if (refused !== undefined) throw notSupported(`the request header ${refused}`);

  const payload = request.body.toString();
  const invocationType = request.headers['x-amz-invocation-type'] ?? 'RequestResponse';
  switch (invocationType) {
    case 'DryRun':
      return { statusCode: 204 };
    case 'Event':
      service.invokeLater(config, requestId, payload);
      return { statusCode: 202 };
    case 'RequestResponse': {
      const result = await service.invoke(config, requestId, payload);
      const headers: Record<string, string> = { 'x-amz-executed-version': '$LATEST' };
      if (result.functionError !== undefined) headers['x-amz-function-error'] = result.functionError;
      if (request.headers['x-amz-log-type'] === 'Tail') {
        headers['x-amz-log-result'] = result.logTail.toString('base64');
      }
      return { statusCode: 200, headers, body: result.payload };
    }
    default:
      throw new LambdaServiceError(
        'InvalidParameterValueException',
        400,
        `The invocation type ${invocationType} is none of RequestResponse, Event, DryRun.`,
      );
  }
}

function listFunctions({ functions }: Call): ApiResponse {
  return { statusCode: 200, body: JSON.stringify({ Functions: functions.all.map(describe) }) };
}

function getFunction({ findTarget }: Call): ApiResponse {
  const config = findTarget();
  const concurrency = config.reservedConcurrency;
  const body = {
    Configuration: describe(config),
    ...(concurrency !== undefined && { Concurrency: { ReservedConcurrentExecutions: concurrency } }),
  };
  return { statusCode: 200, body: JSON.stringify(body) };
}

/** Without the environment, which holds the function's credentials here. */
function describe(config: FunctionConfig): object {
  return {
    FunctionName: config.name,
    FunctionArn: config.arn,
    Runtime: 'nodejs24.x',
    Handler: config.handler,
    Timeout: config.timeoutSeconds,
    MemorySize: config.memoryMib,
    PackageType: 'Zip',
    Version: '$LATEST',
    State: 'Active',
  };
}

function notSupported(subject: string): LambdaServiceError {
  return new LambdaServiceError(
    'NotImplementedException',
    501,
    `The local Lambda does not support ${subject}.`,
  );
}
