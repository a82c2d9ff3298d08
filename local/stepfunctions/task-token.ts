/** What a token says: which attempt of which task it belongs to. */
export interface TaskTokenContent {
  readonly executionId: number;
  readonly threadId: string;
  /** Random, so that a token cannot be guessed. */
  readonly attempt: string;
}

const PREFIX = 'HFT1';

export function makeTaskToken({ executionId, threadId, attempt }: TaskTokenContent): string {
  return Buffer.from([PREFIX, executionId, threadId, attempt].join(' ')).toString('base64url');
}

/** Undefined when the text was never a token of this service. */
export function readTaskToken(token: string): TaskTokenContent | undefined {
  const [prefix, executionId, threadId, attempt] = Buffer.from(token, 'base64url').toString().split(' ');
  if (prefix !== PREFIX || threadId === undefined || attempt === undefined) {
    return undefined;
  }
  return { executionId: Number(executionId), threadId, attempt };
}
