/** An error of the Lambda service itself: the function was not run. `name` is the one that the SDK throws. */
export class LambdaServiceError extends Error {
  readonly statusCode: number;
  /** Throttle reason of a TooManyRequestsException. */
  readonly reason: string | undefined;

  constructor(name: string, statusCode: number, message: string, reason?: string) {
    super(message);
    this.name = name;
    this.statusCode = statusCode;
    this.reason = reason;
  }
}

export function functionNotFound(arn: string): LambdaServiceError {
  return new LambdaServiceError('ResourceNotFoundException', 404, `Function not found: ${arn}`);
}

export function resourceNotFound(message: string): LambdaServiceError {
  return new LambdaServiceError('ResourceNotFoundException', 404, message);
}

export function resourceConflict(message: string): LambdaServiceError {
  return new LambdaServiceError('ResourceConflictException', 409, message);
}

export function invalidParameter(message: string): LambdaServiceError {
  return new LambdaServiceError('InvalidParameterValueException', 400, message);
}

export function revisionMismatch(): LambdaServiceError {
  const message =
    'The RevisionId provided does not match the latest RevisionId. Call the GetFunction API to retrieve the latest RevisionId';
  return new LambdaServiceError('PreconditionFailedException', 412, message);
}

export function codeStorageExceeded(): LambdaServiceError {
  return new LambdaServiceError('CodeStorageExceededException', 400, 'Code storage limit exceeded.');
}

export function tooManyRequests(scope: 'account' | 'function'): LambdaServiceError {
  const reason =
    scope === 'account'
      ? 'ConcurrentInvocationLimitExceeded'
      : 'ReservedFunctionConcurrentInvocationLimitExceeded';
  return new LambdaServiceError('TooManyRequestsException', 429, 'Rate Exceeded.', reason);
}

export function requestTooLarge(bytes: number, invocationType: string, limit: number): LambdaServiceError {
  const message = `${bytes} byte payload is too large for the ${invocationType} invocation type (limit ${limit} bytes)`;
  return new LambdaServiceError('RequestTooLargeException', 413, message);
}

export function bodyTooLarge(operation: string, limit: number): LambdaServiceError {
  const message = `Request must be smaller than ${limit} bytes for the ${operation} operation`;
  return new LambdaServiceError('RequestEntityTooLargeException', 413, message);
}

export function requestNotJson(cause: unknown): LambdaServiceError {
  const message = `Could not parse request body into json: ${cause instanceof Error ? cause.message : cause}`;
  return new LambdaServiceError('InvalidRequestContentException', 400, message);
}

/** For everything that Lambda has and this service does not. */
export function notSupported(subject: string): LambdaServiceError {
  return new LambdaServiceError(
    'NotImplementedException',
    501,
    `The local Lambda does not support ${subject}.`,
  );
}

export function serviceClosed(): LambdaServiceError {
  return new LambdaServiceError('ServiceException', 500, 'The local Lambda service has been closed.');
}
