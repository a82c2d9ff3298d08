import type { ApiResponse } from '../http-endpoint.ts';
import { parseConcurrency } from '../management/settings.ts';
import { answerJson, type Call, readJson } from './operation.ts';

export async function putFunctionConcurrency(call: Call): Promise<ApiResponse> {
  const { settings } = call.findTarget();
  const reserved = parseConcurrency(readJson(call));
  await call.createdFunctions.setReservedConcurrency(settings.name, reserved);
  return answerJson(200, { ReservedConcurrentExecutions: reserved });
}

export function getFunctionConcurrency({ findTarget }: Call): ApiResponse {
  const { reservedConcurrency } = findTarget().settings;
  return answerJson(200, { ReservedConcurrentExecutions: reservedConcurrency });
}

export async function deleteFunctionConcurrency({
  findTarget,
  createdFunctions,
}: Call): Promise<ApiResponse> {
  await createdFunctions.setReservedConcurrency(findTarget().settings.name, undefined);
  return { statusCode: 204 };
}
