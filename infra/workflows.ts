import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, LogLevel, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { FunctionDescription } from './function-description.ts';
import { type FunctionName, functionTable } from './function-table.ts';
import { allow, type Functions } from './functions.ts';
import type { Stage } from './stage.ts';

const definitions = join(dirname(fileURLToPath(import.meta.url)), '..', 'statemachines');

/** Which functions each workflow runs; the ASL names them as `${VerifyManifestArn}` and so on. */
const tasksOf = {
  'commit-upload': [
    'verify-manifest',
    'verify-objects',
    'lock-objects',
    'read-logs',
    'build-file-map',
    'judge-recoverability',
    'record-recovery-point',
    'store-journal',
    'announce-recovery-point',
    'refuse-commit',
  ],
  'restore-staging': ['archive-packs', 'hand-over-restore', 'end-restore'],
  'backup-request': ['follow-request'],
  'rebuild-catalog': ['rebuild-catalog'],
  retention: ['find-due-mounts', 'plan-retention', 'expire-points'],
  reclaim: ['find-deletions', 'begin-reclaim', 'delete-objects'],
  audit: ['find-audits', 'audit-mount', 'delete-objects', 'archive-packs'],
} as const satisfies Record<string, readonly FunctionName[]>;

/** Functions whose errors a workflow repeats and, in the end, answers for. */
export const taskFunctions: readonly FunctionName[] = Object.values(tasksOf).flat();

const variableOf = {
  'commit-upload': 'COMMIT_STATE_MACHINE_ARN',
  'restore-staging': 'RESTORE_STATE_MACHINE_ARN',
  'backup-request': 'REQUEST_STATE_MACHINE_ARN',
  'rebuild-catalog': 'REBUILD_STATE_MACHINE_ARN',
  retention: 'RETENTION_STATE_MACHINE_ARN',
  reclaim: 'RECLAIM_STATE_MACHINE_ARN',
  audit: 'AUDIT_STATE_MACHINE_ARN',
} as const;

export type WorkflowName = keyof typeof tasksOf;

export type Workflows = Readonly<Record<WorkflowName, StateMachine>>;

/** The state machines from their files, and the functions' rights to start and answer them. */
export function createWorkflows(scope: Construct, stage: Stage, functions: Functions): Workflows {
  const machines = (Object.keys(tasksOf) as WorkflowName[]).map((name) => {
    const machine = createWorkflow(scope, name, stage, functions);
    for (const [functionName, description] of Object.entries<FunctionDescription>(functionTable)) {
      connect(functions[functionName as FunctionName], description, name, machine);
    }
    return [name, machine] as const;
  });
  return Object.fromEntries(machines) as Workflows;
}

function createWorkflow(
  scope: Construct,
  name: WorkflowName,
  stage: Stage,
  functions: Functions,
): StateMachine {
  const tasks = tasksOf[name].map((task) => [task, functions[task]] as const);
  const role = new Role(scope, `${name}-role`, { assumedBy: new ServicePrincipal('states.amazonaws.com') });
  role.addToPolicy(
    allow(
      ['lambda:InvokeFunction'],
      tasks.map(([, { functionArn }]) => functionArn),
    ),
  );
  return new StateMachine(scope, name, {
    stateMachineName: `${Stack.of(scope).stackName}-${name}`,
    stateMachineType: StateMachineType.STANDARD,
    definitionBody: DefinitionBody.fromString(readFileSync(join(definitions, `${name}.asl.json`), 'utf8')),
    definitionSubstitutions: {
      ...Object.fromEntries(tasks.map(([task, { functionArn }]) => [`${pascalCase(task)}Arn`, functionArn])),
      ...(name === 'restore-staging' && { ArchiveClass: stage.archive?.class ?? 'none' }),
      ...(name === 'audit' && { ColdAfterDays: String(stage.archive?.coldAfterDays ?? 0) }),
      ...(name === 'commit-upload' && { LockMode: stage.objectLock?.mode ?? 'none' }),
      ...((name === 'restore-staging' || name === 'backup-request') && {
        StoreHeartbeatSeconds: String(stage.storeHeartbeatSeconds),
      }),
    },
    role,
    tracingEnabled: true,
    logs: {
      level: LogLevel.ALL,
      destination: new LogGroup(scope, `${name}-logs`, {
        retention: stage.logRetentionDays as RetentionDays,
        removalPolicy: RemovalPolicy.DESTROY,
      }),
    },
  });
}

function connect(
  lambda: Functions[FunctionName],
  { variables, starts, answersTasks }: FunctionDescription,
  name: WorkflowName,
  machine: StateMachine,
): void {
  const variable = variableOf[name];
  if (variables.includes(variable)) lambda.addEnvironment(variable, machine.stateMachineArn);
  if (starts?.includes(name))
    lambda.addToRolePolicy(allow(['states:StartExecution'], [machine.stateMachineArn]));
  if (starts?.includes(name) && name === 'rebuild-catalog') {
    const stack = Stack.of(machine);
    const executions = stack.formatArn({
      ...{ service: 'states', resource: 'execution', arnFormat: ArnFormat.COLON_RESOURCE_NAME },
      resourceName: `${stack.stackName}-${name}:*`,
    });
    lambda.addToRolePolicy(allow(['states:DescribeExecution'], [executions]));
  }
  if (answersTasks && variables.includes(variable)) {
    const actions = ['states:SendTaskSuccess', 'states:SendTaskFailure', 'states:SendTaskHeartbeat'];
    lambda.addToRolePolicy(allow(actions, [machine.stateMachineArn]));
  }
}

const pascalCase = (name: string) =>
  name
    .split('-')
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('');
