import { type Json, parseStored } from '../json.ts';
import { refuse, refuseRequest } from './errors.ts';

/** Returns the text as it was given: a repeated start is recognized by equal text. */
export function checkInput(input: string, maxBytes: number): string {
  if (Buffer.byteLength(input) > maxBytes) {
    throw refuseRequest(
      `1 validation error detected: Value at 'input' failed to satisfy constraint: Member must have length less than or equal to ${maxBytes}`,
    );
  }
  try {
    parseStored(input);
  } catch (error) {
    throw refuse('InvalidExecutionInput', (error as Error).message);
  }
  return input;
}

export function readOutput(output: string, maxBytes: number): Json {
  if (Buffer.byteLength(output) > maxBytes) {
    throw refuse('InvalidOutput', `The output is larger than ${maxBytes} bytes`);
  }
  try {
    return parseStored(output);
  } catch (error) {
    throw refuse('InvalidOutput', (error as Error).message);
  }
}
