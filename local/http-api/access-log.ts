import type { Exchange } from './exchange.ts';

/** A request with its answer, as the stage's format may ask for it. */
interface LoggedExchange extends Exchange {
  /** Of the request, from before it was answered. */
  readonly variables: Readonly<Record<string, string>>;
  readonly responseLatencyMs: number;
}

/**
 * One line in the stage's format. A variable that has no value, or that HTTP APIs do not have, is a dash, as in
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
 */
export function formatAccess(format: string, exchange: LoggedExchange): string {
  const values = { ...exchange.variables, ...answerVariables(exchange) };
  return format.replaceAll(/\$context\.([\w-]+(?:\.[\w-]+)*)/g, (_, name: string) =>
    withinQuotes(values[name] ?? authorizerVariable(name, exchange) ?? '-'),
  );
}

function answerVariables(exchange: LoggedExchange): Record<string, string | undefined> {
  const { response, integration, authorizerError, responseLatencyMs } = exchange;
  const responseBytes = String(response.body?.length ?? 0);
  const error = response.gatewayMessage;
  const latency = integration && String(Math.round(integration.latencyMs));
  return {
    'authorizer.error': authorizerError,
    dataProcessed: responseBytes,
    'error.message': error,
    'error.messageString': error && JSON.stringify(error),
    'integration.error': integration?.error,
    'integration.integrationStatus': textOf(integration?.lambdaStatus),
    'integration.latency': latency,
    'integration.status': textOf(integration?.functionStatus),
    integrationErrorMessage: integration?.error,
    integrationLatency: latency,
    integrationStatus: textOf(integration?.lambdaStatus),
    responseLatency: String(Math.round(responseLatencyMs)),
    responseLength: responseBytes,
    status: String(response.statusCode),
  };
}

/** `authorizer.key`: a value of the context that the authorizer's function gave. */
function authorizerVariable(name: string, { authorizerContext }: LoggedExchange): string | undefined {
  const key = /^authorizer\.(.+)$/.exec(name)?.[1];
  if (key === undefined || typeof authorizerContext !== 'object' || authorizerContext === null)
    return undefined;
  if (!Object.hasOwn(authorizerContext, key)) return undefined;
  const value: unknown = Reflect.get(authorizerContext, key);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

const textOf = (value: number | undefined): string | undefined =>
  value === undefined ? undefined : String(value);

/** Formats are mostly JSON with the variables in quotes; a line must stay one line. */
const withinQuotes = (value: string): string => JSON.stringify(value).slice(1, -1);
