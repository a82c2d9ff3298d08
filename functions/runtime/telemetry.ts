import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { Metrics } from '@aws-lambda-powertools/metrics';
import type { MiddlewareObj } from '@middy/core';
import { type MetricName, metricUnits } from './metric-names.ts';
import { redact } from './redact.ts';

/** What a function tells of itself. Traces are made by Lambda alone, see docs/adr/0005. */
export interface Telemetry {
  readonly logger: Logger;
  /** Publishes values of metrics, at once. */
  readonly measure: (values: Readonly<Partial<Record<MetricName, number>>>) => void;
  readonly countColdStart: (functionName: string) => void;
}

/** Structured logs and metrics of one function, both as JSON lines on standard output. */
export function createTelemetry(serviceName: string, namespace: string): Telemetry {
  const metrics = new Metrics({ serviceName, namespace });
  return {
    logger: new Logger({ serviceName, jsonReplacerFn: redact }),
    measure: (values) => {
      for (const [name, value] of Object.entries(values)) {
        metrics.addMetric(name, metricUnits[name as MetricName], value);
      }
      metrics.publishStoredMetrics();
    },
    countColdStart: (functionName) => metrics.captureColdStartMetric(functionName),
  };
}

/** Goes around every handler. An event is never logged: it carries credentials, codes and task tokens. */
export const observe = ({ logger, countColdStart }: Telemetry): MiddlewareObj[] => [
  injectLambdaContext(logger, { logEvent: false, resetKeys: true }) as MiddlewareObj,
  { before: ({ context }) => countColdStart(context.functionName) },
];
