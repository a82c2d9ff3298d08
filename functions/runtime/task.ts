import middy from '@middy/core';
import type * as z from 'zod';
import { domainIds } from './domain-ids.ts';
import { observe, type Telemetry } from './telemetry.ts';

interface TaskContract<Input extends z.ZodType, Output extends z.ZodType> {
  readonly input: Input;
  /** What a workflow goes on with; anything else of the answer stays inside. */
  readonly output?: Output;
}

/**
 * A Lambda that a workflow, a schedule or an event calls: its input is checked, its use case run, its error logged once
 * and thrown on, so that the state machine's `ErrorEquals` sees the error's name.
 */
export function createTask<Input extends z.ZodType, Output extends z.ZodType = z.ZodUnknown>(
  telemetry: Telemetry,
  { input, output }: TaskContract<Input, Output>,
  run: (input: z.output<Input>) => Promise<z.input<Output>>,
) {
  const { logger } = telemetry;
  return middy(async (event: unknown): Promise<z.output<Output>> => {
    logger.appendKeys(domainIds(event));
    try {
      const answer = await run(input.parse(event));
      logger.info('task done', domainIds(answer));
      return output === undefined ? (answer as z.output<Output>) : output.parse(answer);
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      logger.error('task failed', error);
      throw shorten(error);
    }
  }).use(observe(telemetry));
}

const maxCauseCharacters = 2000;

/**
 * Lambda hands message and stack on to the state machine, as the cause of its state: a state above 256 KiB fails its
 * execution past every Catch. The whole error is in the log.
 */
function shorten(error: Error): Error {
  const { name, message, stack = '' } = error;
  if (message.length + stack.length <= maxCauseCharacters) return error;
  const short = new Error(message.slice(0, maxCauseCharacters));
  short.name = name;
  // The stack begins with the message.
  short.stack = stack.slice(0, maxCauseCharacters);
  return short;
}
