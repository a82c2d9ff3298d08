import { ApiError } from './errors.ts';
import type { Operations } from './operation.ts';

const NO_VERSIONS = 'Versions and aliases are not supported locally; use the ARN of the state machine.';
const NO_ACTIVITIES = 'Activities are not supported locally; use a Task with a task token.';

/** What AWS has and this service has not, with what to do instead. */
const ADVICE: Readonly<Record<string, string>> = {
  RedriveExecution: 'RedriveExecution is not supported locally; start a new execution instead.',
  TestState: 'TestState is not supported locally; start an execution instead.',
  PublishStateMachineVersion: NO_VERSIONS,
  DeleteStateMachineVersion: NO_VERSIONS,
  ListStateMachineVersions: NO_VERSIONS,
  CreateStateMachineAlias: NO_VERSIONS,
  UpdateStateMachineAlias: NO_VERSIONS,
  DeleteStateMachineAlias: NO_VERSIONS,
  DescribeStateMachineAlias: NO_VERSIONS,
  ListStateMachineAliases: NO_VERSIONS,
  CreateActivity: NO_ACTIVITIES,
  DeleteActivity: NO_ACTIVITIES,
  DescribeActivity: NO_ACTIVITIES,
  ListActivities: NO_ACTIVITIES,
  GetActivityTask: NO_ACTIVITIES,
};

export const refusedOperations: Operations = {
  ...Object.fromEntries(
    Object.entries(ADVICE).map(([name, advice]) => [
      name,
      () => {
        throw new ApiError('UnknownOperationException', advice);
      },
    ]),
  ),
  // All state machines here are STANDARD: this is what AWS says of them.
  StartSyncExecution: () => {
    throw new ApiError(
      'StateMachineTypeNotSupported',
      'This operation is not supported by this type of state machine',
    );
  },
};
