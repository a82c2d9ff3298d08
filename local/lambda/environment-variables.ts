import type { FunctionConfig } from './function-config.ts';

/**
 * What a function finds in `process.env`: its own variables and those that Lambda sets, and nothing of this process.
 * LAMBDA_RUNTIME_DIR and AWS_LAMBDA_RUNTIME_API are left out, there is nothing here that they could name.
 */
export function environmentVariables(
  config: FunctionConfig,
  taskRoot: string,
  region: string,
  logStreamName: string,
): Record<string, string> {
  return {
    // Lambda lets a function replace these four. TZ is a name only: worker threads share the time zone of this
    // process, which is UTC when the entry point sets its own TZ before it starts them.
    LANG: 'en_US.UTF-8',
    PATH: '/usr/local/bin:/usr/bin/:/bin:/opt/bin',
    TZ: ':UTC',
    AWS_XRAY_CONTEXT_MISSING: 'LOG_ERROR',
    ...config.environment,
    _HANDLER: config.handler,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_NAME: config.name,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(config.memoryMib),
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${config.name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: logStreamName,
    LAMBDA_TASK_ROOT: taskRoot,
  };
}
