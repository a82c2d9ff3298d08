import { request as sendRaw } from 'node:http';
import { onTestFinished } from 'vitest';
import type { HttpApiConfig, RouteConfig } from '../../../local/http-api/config.ts';
import { type LocalHttpApi, startHttpApi } from '../../../local/http-api/server.ts';
import type { LocalClock } from '../../../local/services.ts';
import {
  ACCOUNT,
  REGION,
  type StartedLambda,
  startTestLambda,
  writeFunction,
} from '../lambda/lambda-fixture.ts';

export const API_ID = 'abc123';

/** A handler that answers with its own event. */
export const ECHO =
  'export const handler = async (event) => ({ statusCode: 200, body: JSON.stringify(event) });';

export function arnOf(name: string): string {
  return `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${name}`;
}

export function route(routeKey: string, functionName = 'echo', more: Partial<RouteConfig> = {}): RouteConfig {
  return { routeKey, functionArn: arnOf(functionName), ...more };
}

interface ApiSetup extends Partial<HttpApiConfig> {
  readonly routes: readonly RouteConfig[];
  /** Handler code by function name, besides `echo`. */
  readonly functions?: Readonly<Record<string, string>>;
  readonly clock?: LocalClock;
  readonly maxConcurrency?: number;
  readonly logDirectory?: string;
}

export interface StartedApi {
  readonly api: LocalHttpApi;
  readonly lambda: StartedLambda;
  /** Fetches a path and parses the JSON answer. */
  call(path: string, init?: RequestInit): Promise<{ status: number; headers: Headers; body: unknown }>;
}

/** Starts a Lambda with the functions and an API in front of it; both are closed after the test. */
export async function startApi(setup: ApiSetup): Promise<StartedApi> {
  const { functions = {}, clock, maxConcurrency = 10, logDirectory, ...config } = setup;
  const configs = await Promise.all(
    Object.entries({ echo: ECHO, ...functions }).map(([name, code]) => writeFunction(code, { name })),
  );
  const lambda = await startTestLambda(configs, { maxConcurrency });
  const api = await startHttpApi({
    config: { apiId: API_ID, stage: '$default', authorizers: {}, ...config },
    invoke: lambda.invoke,
    region: REGION,
    accountId: ACCOUNT,
    ...(clock && { clock }),
    ...(logDirectory && { logDirectory }),
  });
  onTestFinished(() => api.close());
  return {
    api,
    lambda,
    async call(path, init) {
      const response = await fetch(`${api.url}${path}`, init);
      const text = await response.text();
      return {
        status: response.status,
        headers: response.headers,
        body: text === '' ? undefined : JSON.parse(text),
      };
    },
  };
}

/** Sends headers exactly as given: an array of names and values in turn. */
export function callRaw(
  url: string,
  { path = '/', method = 'GET', headers = [] as string[] },
): Promise<{ status: number; body: unknown }> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const host = headers.includes('Host') ? [] : ['Host', `${hostname}:${port}`];
    const request = sendRaw(
      { hostname, port, path, method, headers: [...host, ...headers] },
      async (response) => {
        let text = '';
        for await (const chunk of response.setEncoding('utf8')) text += chunk;
        resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) });
      },
    );
    request.on('error', reject).end();
  });
}
