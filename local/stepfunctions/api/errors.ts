/** Errors of the Step Functions API. All of them are answered with HTTP 400 but the ones of transport. */
const PREFIX = {
  ExecutionAlreadyExists: 'Execution Already Exists',
  ExecutionDoesNotExist: 'Execution Does Not Exist',
  InvalidArn: 'Invalid Arn',
  InvalidExecutionInput: 'Invalid State Machine Execution Input',
  InvalidLoggingConfiguration: 'Invalid Logging Configuration',
  InvalidName: 'Invalid Name',
  InvalidOutput: 'Invalid Output',
  InvalidToken: 'Invalid Token',
  ResourceNotFound: 'Resource not found',
  StateMachineAlreadyExists: 'State Machine Already Exists',
  StateMachineDeleting: 'State Machine Deleting',
  StateMachineDoesNotExist: 'State Machine Does Not Exist',
  TaskDoesNotExist: 'Task Does Not Exist',
  TaskTimedOut: 'Task Timed Out',
} as const;

export class ApiError extends Error {
  readonly status: number;

  constructor(name: string, message: string, status = 400) {
    super(message);
    this.name = name;
    this.status = status;
  }
}

/** An error with AWS's message: the kind in words, and what it is about in quotes. */
export function refuse(name: keyof typeof PREFIX, subject: string): ApiError {
  return new ApiError(name, `${PREFIX[name]}: '${subject}'`);
}

export function refuseRequest(message: string): ApiError {
  return new ApiError('ValidationException', message);
}
