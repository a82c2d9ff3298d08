/** A request that EventBridge or Scheduler refuses; `name` is the one that the SDK throws. */
export class RequestError extends Error {
  readonly status: number;

  constructor(name: string, message: string, status = 400) {
    super(message);
    this.name = name;
    this.status = status;
  }
}

export const invalid = (message: string): RequestError => new RequestError('ValidationException', message);

export const noSuchResource = (message: string, status = 400): RequestError =>
  new RequestError('ResourceNotFoundException', message, status);

/** Makes what a definition is refused for the caller's error. */
export const asInvalid = <Result>(action: () => Result, name = 'ValidationException'): Result => {
  try {
    return action();
  } catch (error) {
    if (error instanceof RequestError) throw error;
    throw new RequestError(name, error instanceof Error ? error.message : String(error));
  }
};
