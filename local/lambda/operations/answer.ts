import { notSupported } from '../errors.ts';
import type { ApiResponse, SignedRequest } from '../http-endpoint.ts';
import type { CreatedFunctions } from '../management/created-functions.ts';
import type { LambdaService } from '../service.ts';
import type { ReadCodeObject } from './operation.ts';
import { findRoute } from './route.ts';

interface LambdaApi {
  readonly service: LambdaService;
  readonly createdFunctions: CreatedFunctions;
  readonly readCodeObject: ReadCodeObject | undefined;
  readonly accountId: string;
}

/** Answers a request to Lambda's REST API; what is not in the table is refused by name. */
export async function answerLambdaApi(
  api: LambdaApi,
  request: SignedRequest,
  requestId: string,
): Promise<ApiResponse> {
  const route = findRoute(request.method, request.url);
  if (route?.operation === undefined) {
    const target = `${request.method} ${request.url.split('?')[0]}`;
    throw notSupported(route === undefined ? target : `${route.name} (${target})`);
  }
  const { operation, query, functionName = '' } = route;
  const findTarget = () => api.service.registry.find(functionName, query.get('Qualifier') ?? undefined);
  return operation.answer({ ...api, request, requestId, query, findTarget });
}
