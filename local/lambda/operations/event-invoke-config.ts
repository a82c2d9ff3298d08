import { invalidParameter, notSupported, resourceNotFound } from '../errors.ts';
import type { DeployedFunction } from '../function-registry.ts';
import type { ApiResponse } from '../http-endpoint.ts';
import { describeEventInvokeConfig } from '../management/describe-function.ts';
import { type EventInvokeRequest, parseEventInvoke } from '../management/settings.ts';
import { answerJson, type Call, readJson } from './operation.ts';
import { pageOf } from './pages.ts';

/** Replaces the whole configuration. */
export async function putFunctionEventInvokeConfig(call: Call): Promise<ApiResponse> {
  const request = parseEventInvoke(readJson(call));
  if (Object.keys(request).length === 0) {
    throw invalidParameter('You must specify at least one of error handling or destination setting.');
  }
  return store(call, request);
}

/** Changes what is given. */
export async function updateFunctionEventInvokeConfig(call: Call): Promise<ApiResponse> {
  const request = parseEventInvoke(readJson(call));
  const deployed = call.findTarget();
  requireConfig(deployed);
  return store(call, { ...deployed.created?.eventInvokeConfig, ...request });
}

export function getFunctionEventInvokeConfig({ findTarget }: Call): ApiResponse {
  return answerJson(200, requireConfig(findTarget()));
}

/** There is one at most: that of $LATEST. */
export function listFunctionEventInvokeConfigs({ findTarget, query }: Call): ApiResponse {
  const config = describeEventInvokeConfig(findTarget());
  const page = pageOf(config === undefined ? [] : [config], query, () => '$LATEST');
  return answerJson(200, { FunctionEventInvokeConfigs: page.items });
}

export async function deleteFunctionEventInvokeConfig(call: Call): Promise<ApiResponse> {
  const deployed = call.findTarget();
  requireConfig(deployed);
  await call.createdFunctions.setEventInvokeConfig(deployed.settings.name, undefined);
  return { statusCode: 204 };
}

async function store(call: Call, request: EventInvokeRequest): Promise<ApiResponse> {
  const { settings } = call.findTarget();
  const { OnSuccess, OnFailure } = request.DestinationConfig ?? {};
  for (const arn of [OnSuccess?.Destination, OnFailure?.Destination]) {
    if (arn) checkDestination(arn, settings.arn, call);
  }
  const { MaximumRetryAttempts, MaximumEventAgeInSeconds, DestinationConfig } = request;
  await call.createdFunctions.setEventInvokeConfig(settings.name, {
    ...(MaximumRetryAttempts !== undefined && { MaximumRetryAttempts }),
    ...(MaximumEventAgeInSeconds !== undefined && { MaximumEventAgeInSeconds }),
    ...(DestinationConfig !== undefined && { DestinationConfig: withoutUndefined(DestinationConfig) }),
    lastModified: new Date().toISOString(),
  });
  return answerJson(200, requireConfig(call.findTarget()));
}

function checkDestination(arn: string, functionArn: string, { service }: Call): void {
  if (!arn.startsWith('arn:')) throw invalidParameter(`The destination ${arn} is no ARN.`);
  if (arn === functionArn || arn.startsWith(`${functionArn}:`)) {
    throw invalidParameter("You can't specify the function as a destination for itself.");
  }
  if (arn.includes(':lambda:')) service.registry.find(arn);
  else if (!service.acceptsDestination(arn)) throw notSupported(`the destination ${arn}`);
}

function requireConfig(deployed: DeployedFunction): object {
  const config = describeEventInvokeConfig(deployed);
  if (config !== undefined) return config;
  throw resourceNotFound(`The function ${deployed.settings.arn}:$LATEST doesn't have an EventInvokeConfig`);
}

type Destinations = NonNullable<EventInvokeRequest['DestinationConfig']>;

function withoutUndefined({ OnSuccess, OnFailure }: Destinations) {
  return {
    ...(OnSuccess?.Destination && { OnSuccess: { Destination: OnSuccess.Destination } }),
    ...(OnFailure?.Destination && { OnFailure: { Destination: OnFailure.Destination } }),
  };
}
