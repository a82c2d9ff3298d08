import type { JsonObject } from './json.ts';

/**
 * What Step Functions adds to the answer of a service. The HTTP particulars count towards the payload limit,
 * so that a payload just below the limit exceeds it.
 */
export function describeSdkResponse(
  requestId: string,
  headers: Readonly<Record<string, string>>,
): JsonObject {
  const all = { Connection: 'keep-alive', 'x-amzn-RequestId': requestId, ...headers };
  return {
    SdkHttpMetadata: {
      AllHttpHeaders: Object.fromEntries(Object.entries(all).map(([name, value]) => [name, [value]])),
      HttpHeaders: all,
      HttpStatusCode: 200,
    },
    SdkResponseMetadata: { RequestId: requestId },
  };
}
