import type { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type * as z from 'zod';

/**
 * A Lambda that a workflow, a schedule or an event calls: its input is checked, its use case run, its error logged once
 * and thrown on, so that the state machine's `ErrorEquals` sees the error's name.
 */
export function createTask<Input extends z.ZodType, Output>(
  logger: Logger,
  input: Input,
  run: (input: z.output<Input>) => Promise<Output>,
) {
  return middy(async (event: unknown): Promise<Output> => {
    try {
      return await run(input.parse(event));
    } catch (error) {
      logger.error('task failed', error instanceof Error ? error : new Error(String(error)));
      throw error;
    }
  }).use(injectLambdaContext(logger));
}
