import type { FunctionSettings } from './function-config.ts';

interface EnvironmentPlace {
  readonly taskRoot: string;
  readonly region: string;
  readonly scratch: string;
  readonly logStreamName: string;
}

/**
 * What a function finds in `process.env`: its own variables and those that Lambda sets, and nothing of this process.
 * LAMBDA_RUNTIME_DIR and AWS_LAMBDA_RUNTIME_API are left out, there is nothing here that they could name.
 */
export function environmentVariables(
  settings: FunctionSettings,
  { taskRoot, region, scratch, logStreamName }: EnvironmentPlace,
): Record<string, string> {
  const { name, handler, runtime = 'nodejs24.x', memoryMib, environment } = settings;
  return {
    // Lambda lets a function replace these four.
    LANG: 'en_US.UTF-8',
    PATH: '/usr/local/bin:/usr/bin/:/bin:/opt/bin',
    TZ: ':UTC',
    AWS_XRAY_CONTEXT_MISSING: 'LOG_ERROR',
    // Not set by Lambda, where /tmp is each environment's own: with it, os.tmpdir() is here as well.
    TMPDIR: scratch,
    ...environment,
    ...loggingVariables(settings),
    _HANDLER: handler,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EXECUTION_ENV: `AWS_Lambda_${runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMib),
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: logStreamName,
    LAMBDA_TASK_ROOT: taskRoot,
  };
}

/** With these, loggers of the application follow the function's configuration. */
function loggingVariables({ logging }: FunctionSettings): Record<string, string> {
  if (logging?.format !== 'JSON') return {};
  return { AWS_LAMBDA_LOG_FORMAT: 'JSON', AWS_LAMBDA_LOG_LEVEL: logging.applicationLevel };
}
