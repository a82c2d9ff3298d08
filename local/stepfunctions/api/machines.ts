import * as z from 'zod';
import { isRoleArn, isStatesArn, isValidName } from '../arns.ts';
import { InvalidDefinition } from '../definition/problems.ts';
import type { MachineSettings } from '../store/machine-store.ts';
import { describeMachine, describeMachineForExecution } from './describe.ts';
import { ApiError, refuse } from './errors.ts';
import { listMachines } from './lists.ts';
import { findExecution, findMachine } from './lookup.ts';
import {
  arn,
  dropUndefined,
  includedData,
  name,
  type Operations,
  operation,
  type Service,
} from './operation.ts';
import { pageFields } from './pages.ts';
import { readTags, tagList } from './tags.ts';

/** AWS's quota for the definition's text. */
const definition = z.string().min(1).max(1_048_576);
const destination = z.strictObject({
  cloudWatchLogsLogGroup: z.strictObject({ logGroupArn: z.string().min(1).max(256) }),
});
const loggingConfiguration = z.strictObject({
  level: z.enum(['ALL', 'ERROR', 'FATAL', 'OFF']).default('OFF'),
  includeExecutionData: z.boolean().default(false),
  destinations: z.array(destination).max(1).optional(),
});
const settingsFields = {
  loggingConfiguration: loggingConfiguration.optional(),
  tracingConfiguration: z.strictObject({ enabled: z.boolean().default(false) }).optional(),
  encryptionConfiguration: z
    .strictObject({ type: z.literal('AWS_OWNED_KEY', 'Only AWS_OWNED_KEY is supported locally') })
    .optional(),
  publish: z.literal(false, 'Versions are not supported locally').optional(),
};
const type = z.enum(['STANDARD', 'EXPRESS']).optional();

export const machineOperations: Operations = {
  CreateStateMachine: operation(
    { name, definition, roleArn: arn, type, tags: tagList.optional(), ...settingsFields },
    ({ machines }, request) => {
      refuseExpress(request.type);
      if (!isValidName(request.name)) {
        throw refuse('InvalidName', request.name);
      }
      checkRole(request.roleArn);
      const machine = asApiErrors(() =>
        machines.create({
          name: request.name,
          definition: request.definition,
          roleArn: request.roleArn,
          settings: readSettings(request),
          tags: readTags(request.tags ?? []),
        }),
      );
      return { stateMachineArn: machine.arn, creationDate: machine.createdAt / 1000 };
    },
  ),
  UpdateStateMachine: operation(
    {
      stateMachineArn: arn,
      definition: definition.optional(),
      roleArn: arn.optional(),
      ...settingsFields,
    },
    (service, { stateMachineArn, ...request }) => updateMachine(service, stateMachineArn, request),
  ),
  DeleteStateMachine: operation({ stateMachineArn: arn }, ({ machines }, { stateMachineArn }) => {
    if (!isStatesArn(stateMachineArn, 'stateMachine')) {
      throw refuse('InvalidArn', `Invalid ARN prefix: ${stateMachineArn}`);
    }
    machines.delete(stateMachineArn);
    return {};
  }),
  DescribeStateMachine: operation(
    { stateMachineArn: arn, includedData },
    ({ store }, { stateMachineArn }) => {
      const machine = findMachine(store, stateMachineArn);
      return describeMachine(machine, store.machines.definition(machine.definitionHash));
    },
  ),
  DescribeStateMachineForExecution: operation(
    { executionArn: arn, includedData },
    ({ store }, { executionArn }) => {
      const execution = findExecution(store, executionArn);
      return describeMachineForExecution(execution, store.machines.definition(execution.definitionHash));
    },
  ),
  ListStateMachines: operation(pageFields, ({ store }, request) => listMachines(store, request)),
  ValidateStateMachineDefinition: operation(
    {
      definition: z.string().max(1_048_576),
      type,
      severity: z.enum(['ERROR', 'WARNING']).optional(),
      maxResults: z.int().min(0).max(100).optional(),
    },
    ({ library }, request) => {
      refuseExpress(request.type);
      return validate(library, request.definition, request.maxResults || 100);
    },
  ),
};

function updateMachine(
  { store, machines }: Service,
  stateMachineArn: string,
  request: Parameters<typeof readSettings>[0] & {
    readonly definition?: string | undefined;
    readonly roleArn?: string | undefined;
  },
): object {
  const settings = readSettings(request);
  const { definition: text, roleArn } = request;
  if (text === undefined && roleArn === undefined && Object.keys(settings).length === 0) {
    throw new ApiError(
      'MissingRequiredParameter',
      'Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration must be specified',
    );
  }
  if (roleArn !== undefined) {
    checkRole(roleArn);
  }
  const machine = findMachine(store, stateMachineArn);
  if (machine.status === 'DELETING') {
    throw refuse('StateMachineDeleting', machine.arn);
  }
  const changes = { ...dropUndefined({ definition: text, roleArn }), settings };
  const { updatedAt, revisionId } = asApiErrors(() => machines.update(machine, changes));
  return { updateDate: updatedAt / 1000, ...(revisionId !== null && { revisionId }) };
}

/** Logs and traces are kept and shown, and have no effect: there is nothing here that would take them. */
function readSettings(request: {
  readonly loggingConfiguration?: z.infer<typeof loggingConfiguration> | undefined;
  readonly tracingConfiguration?: { readonly enabled: boolean } | undefined;
}): MachineSettings {
  const { loggingConfiguration: logging, tracingConfiguration: tracing } = request;
  if (logging !== undefined && logging.level !== 'OFF' && !logging.destinations?.length) {
    throw refuse('InvalidLoggingConfiguration', 'Must specify exactly one Log Destination.');
  }
  return {
    ...(logging !== undefined && { loggingConfiguration: dropUndefined(logging) }),
    ...(tracing !== undefined && { tracingConfiguration: tracing }),
  } as MachineSettings;
}

function refuseExpress(given: 'STANDARD' | 'EXPRESS' | undefined): void {
  if (given === 'EXPRESS') {
    throw new ApiError(
      'StateMachineTypeNotSupported',
      'State machines of type EXPRESS are not supported locally; use STANDARD',
    );
  }
}

function checkRole(roleArn: string): void {
  if (!isRoleArn(roleArn)) {
    throw refuse('InvalidArn', `Not the ARN of a role: ${roleArn}`);
  }
}

function asApiErrors<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw error instanceof InvalidDefinition ? new ApiError(error.name, error.message) : error;
  }
}

function validate(library: Service['library'], text: string, maxResults: number): object {
  try {
    library.check(text);
    return { result: 'OK', diagnostics: [], truncated: false };
  } catch (error) {
    if (!(error instanceof InvalidDefinition)) {
      throw error;
    }
    const diagnostics = error.problems.map(({ code, message, path }) => ({
      severity: 'ERROR',
      code,
      message,
      location: path || '/',
    }));
    return {
      result: 'FAIL',
      diagnostics: diagnostics.slice(0, maxResults),
      truncated: diagnostics.length > maxResults,
    };
  }
}
