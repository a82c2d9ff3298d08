/** Error names that the interpreter itself raises, as the Amazon States Language spells them. */
export const STATES = {
  all: 'States.ALL',
  taskFailed: 'States.TaskFailed',
  timeout: 'States.Timeout',
  heartbeatTimeout: 'States.HeartbeatTimeout',
  runtime: 'States.Runtime',
  permissions: 'States.Permissions',
  dataLimitExceeded: 'States.DataLimitExceeded',
  queryEvaluationError: 'States.QueryEvaluationError',
  noChoiceMatched: 'States.NoChoiceMatched',
  exceedToleratedFailureThreshold: 'States.ExceedToleratedFailureThreshold',
  itemReaderFailed: 'States.ItemReaderFailed',
  resultWriterFailed: 'States.ResultWriterFailed',
} as const;

/** Why a state failed: what `Retry` and `Catch` match and what `$states.errorOutput` shows. */
export interface Failure {
  readonly error?: string;
  readonly cause?: string;
  /** A missed heartbeat is reported as States.Timeout, but `States.HeartbeatTimeout` matches it too. */
  readonly isHeartbeat?: boolean;
  /** Field of the state whose query failed; becomes the location of an EvaluationFailed event. */
  readonly location?: string;
  /** Raised by the interpreter, not by a task or a Fail state: the cause then names the state. */
  readonly isFromInterpreter?: boolean;
}

export class StateFailure extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(`${failure.error ?? 'error without a name'}: ${failure.cause ?? 'no cause given'}`);
    this.failure = failure;
  }
}

export function queryFailure(field: string, cause: string): StateFailure {
  return new StateFailure({
    error: STATES.queryEvaluationError,
    cause,
    location: field,
    isFromInterpreter: true,
  });
}

/** `subject` is the state's name, or for a task's own result the service ("lambda") or function ARN. */
export function dataLimitFailure(subject: string): Failure {
  return {
    error: STATES.dataLimitExceeded,
    cause: `The state/task '${subject}' returned a result with a size exceeding the maximum number of bytes service limit.`,
  };
}
