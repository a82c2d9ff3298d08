import { readFileSync } from 'node:fs';
import * as z from 'zod';

const failedCheck = z.object({ failure: z.object({ operation: z.string(), message: z.string() }) });
const interaction = z.object({
  request: z.object({ method: z.string(), uri: z.string() }),
  response: z
    .object({ status_code: z.int(), content: z.object({ $base64: z.string() }).nullish() })
    .nullish(),
});
const scenario = z.object({
  ScenarioFinished: z.object({
    recorder: z.object({
      // A scenario that was left out has neither checks nor requests.
      checks: z
        .record(z.string(), z.array(z.object({ name: z.string(), failure_info: failedCheck.nullish() })))
        .default({}),
      interactions: z.record(z.string(), interaction).default({}),
    }),
  }),
});

/** One way in which an operation and its document differ. */
export interface ApiFinding {
  readonly check: string;
  readonly operation: string;
  readonly status: number | undefined;
  /** The problem's code; undefined for what API Gateway answers itself. */
  readonly code: string | undefined;
  readonly message: string;
  readonly example: string;
}

export interface ApiReport {
  readonly findings: readonly ApiFinding[];
  readonly requests: number;
  /** Method and path of what was answered with success. */
  readonly succeeded: ReadonlySet<string>;
}

const readProblem = (base64: string): { readonly code?: string; readonly detail?: string } => {
  try {
    return JSON.parse(Buffer.from(base64, 'base64').toString()) as object;
  } catch {
    return {};
  }
};

/** Reads what schemathesis wrote; of findings that differ only in their input the first stands for all. */
export function readReport(file: string): ApiReport {
  const findings = new Map<string, ApiFinding>();
  const succeeded = new Set<string>();
  let requests = 0;
  for (const text of readFileSync(file, 'utf8').split('\n')) {
    if (!text.startsWith('{"ScenarioFinished"')) continue;
    const { checks, interactions } = scenario.parse(JSON.parse(text)).ScenarioFinished.recorder;
    requests += Object.keys(interactions).length;
    for (const { request, response } of Object.values(interactions)) {
      if (response && response.status_code < 300)
        succeeded.add(`${request.method} ${new URL(request.uri).pathname}`);
    }
    for (const [id, results] of Object.entries(checks)) {
      for (const { name, failure_info } of results) {
        if (!failure_info) continue;
        const { request, response } = interactions[id] ?? {};
        const { operation, message } = failure_info.failure;
        const { code, detail } = readProblem(response?.content?.$base64 ?? '');
        const finding = {
          check: name,
          operation,
          status: response?.status_code,
          code,
          message: `${detail ?? ''} ${message}`.replaceAll(/\s+/g, ' ').trim().slice(0, 300),
          example: `${request?.method} ${request?.uri.slice(0, 200)}`,
        };
        const key = [name, operation, finding.status, finding.code].join(' ');
        if (!findings.has(key)) findings.set(key, finding);
      }
    }
  }
  return { findings: [...findings.values()], requests, succeeded };
}
