import type { FunctionSettings } from './function-config.ts';
import type { LoggingSettings } from './logging-settings.ts';

/** What Lambda itself writes to a function's log, in the format that the function is configured with. */
export interface SystemLog {
  readonly initStart: () => string[];
  /** An init phase that did not end well. */
  readonly initReport: (durationMs: number, status: 'timeout' | 'error') => string[];
  readonly start: (requestId: string) => string[];
  /** @param lines what the text format says before the end of an invocation that failed */
  readonly end: (report: InvocationReport, lines: readonly string[]) => string[];
}

export interface InvocationReport {
  readonly requestId: string;
  readonly durationMs: number;
  readonly initMs: number | undefined;
  readonly memoryPeakMib: number;
  readonly status: 'success' | 'timeout' | 'error';
  readonly errorType?: string;
}

export const systemLogOf = (settings: FunctionSettings): SystemLog =>
  settings.logging?.format === 'JSON'
    ? jsonLog(settings.memoryMib, settings.logging)
    : textLog(settings.memoryMib);

const RUNTIME_VERSION = `nodejs:24 (${process.version})`;

const billedMs = ({ durationMs, initMs = 0 }: InvocationReport): number => Math.ceil(durationMs + initMs);

const textLog = (memoryMib: number): SystemLog => ({
  initStart: () => [`INIT_START Runtime Version: ${RUNTIME_VERSION}`],
  initReport: (durationMs, status) => [
    `INIT_REPORT Init Duration: ${durationMs.toFixed(2)} ms\tPhase: init\tStatus: ${status}`,
  ],
  start: (requestId) => [`START RequestId: ${requestId} Version: $LATEST`],
  end: (report, lines) => {
    const { requestId, durationMs, initMs, memoryPeakMib, status, errorType } = report;
    const fields = [
      `REPORT RequestId: ${requestId}`,
      `Duration: ${durationMs.toFixed(2)} ms`,
      `Billed Duration: ${billedMs(report)} ms`,
      `Memory Size: ${memoryMib} MB`,
      `Max Memory Used: ${memoryPeakMib} MB`,
      ...(initMs === undefined ? [] : [`Init Duration: ${initMs.toFixed(2)} ms`]),
      ...(status === 'success' ? [] : [`Status: ${status}`]),
      ...(errorType === undefined ? [] : [`Error Type: ${errorType}`]),
    ];
    return [...lines, `END RequestId: ${requestId}`, fields.join('\t')];
  },
});

const LEVELS = ['DEBUG', 'INFO', 'WARN'];

/** https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html */
const jsonLog = (memoryMib: number, { systemLevel }: LoggingSettings & { format: 'JSON' }): SystemLog => {
  const write = (level: 'DEBUG' | 'INFO' | 'WARN', type: string, record: object): string[] =>
    LEVELS.indexOf(level) < LEVELS.indexOf(systemLevel)
      ? []
      : [JSON.stringify({ time: new Date().toISOString(), type: `platform.${type}`, record })];
  return {
    initStart: () =>
      write('INFO', 'initStart', {
        initializationType: 'on-demand',
        phase: 'init',
        runtimeVersion: RUNTIME_VERSION,
      }),
    initReport: (durationMs, status) =>
      write('WARN', 'initReport', {
        initializationType: 'on-demand',
        phase: 'init',
        status,
        metrics: { durationMs },
      }),
    start: (requestId) => write('INFO', 'start', { requestId, version: '$LATEST' }),
    end: (report) => {
      const { requestId, durationMs, initMs, memoryPeakMib, status, errorType } = report;
      const metrics = {
        durationMs,
        billedDurationMs: billedMs(report),
        memorySizeMB: memoryMib,
        maxMemoryUsedMB: memoryPeakMib,
        initDurationMs: initMs,
      };
      const level = status === 'success' ? 'INFO' : 'WARN';
      return write(level, 'report', { requestId, metrics, status, errorType });
    },
  };
};
