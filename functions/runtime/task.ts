import middy from '@middy/core';
import type * as z from 'zod';
import { domainIds } from './domain-ids.ts';
import { observe, type Telemetry } from './telemetry.ts';

/**
 * A Lambda that a workflow, a schedule or an event calls: its input is checked, its use case run, its error logged once
 * and thrown on, so that the state machine's `ErrorEquals` sees the error's name.
 */
export function createTask<Input extends z.ZodType, Output>(
  telemetry: Telemetry,
  input: Input,
  run: (input: z.output<Input>) => Promise<Output>,
) {
  const { logger } = telemetry;
  return middy(async (event: unknown): Promise<Output> => {
    logger.appendKeys(domainIds(event));
    try {
      const output = await run(input.parse(event));
      logger.info('task done', domainIds(output));
      return output;
    } catch (error) {
      logger.error('task failed', error instanceof Error ? error : new Error(String(error)));
      throw error;
    }
  }).use(observe(telemetry));
}
