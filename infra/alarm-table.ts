import { Duration } from 'aws-cdk-lib';
import type { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { type IMetric, MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { Operation, type TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { MetricName } from '../functions/runtime/metric-names.ts';
import type { AlertMails } from './alert-mails.ts';
import type { Rules } from './events.ts';
import type { FunctionDescription } from './function-description.ts';
import { type FunctionName, functionTable } from './function-table.ts';
import type { Functions } from './functions.ts';
import { metricsNamespace, type Stage } from './stage.ts';
import { taskFunctions, type Workflows } from './workflows.ts';

export interface AlarmDescription {
  readonly id: string;
  /** What it means for backups and restores, as a sentence. */
  readonly impact: string;
  /** Heading in docs/runbook.md. */
  readonly runbook: string;
  readonly metric: IMetric;
  /** 1 when absent: it goes off at this, or under it where absence is bad. */
  readonly threshold?: number;
  /** 1 when absent. */
  readonly periods?: number;
  /** How many of the periods must be over; all of them when absent. */
  readonly datapoints?: number;
  /** Goes off when too little happens, and when nothing is measured at all. */
  readonly isAbsenceBad?: boolean;
}

/** What is watched. */
export interface Watched {
  readonly stage: Stage;
  readonly functions: Functions;
  readonly workflows: Workflows;
  readonly rules: Rules;
  readonly alertMails: AlertMails;
  readonly api: HttpApi;
  readonly table: TableV2;
}

/** An incident is known within minutes. */
const period = Duration.minutes(5);
const sum = { period, statistic: Stats.SUM };

/**
 * The sum of metrics that are mostly not there at all. Plain addition has no result where one of them is missing, and an
 * alarm on DynamoDB's metrics keeps its state while they are missing, whatever it is told: so what is missing is 0. A value
 * that comes late has been taken for 0 before, hence one of three periods.
 */
const sumOf = (label: string, metrics: readonly IMetric[]) => {
  const named = metrics.map((metric, index) => [`m${index}`, metric] as const);
  return {
    metric: new MathExpression({
      ...{ label, period },
      expression: named.map(([name]) => `FILL(${name}, 0)`).join(' + '),
      usingMetrics: Object.fromEntries(named),
    }),
    periods: 3,
    datapoints: 1,
  };
};

/** Everything that somebody is written to for. */
export const describeAlarms = (watched: Watched): readonly AlarmDescription[] => [
  ...ofFunctions(watched),
  ...ofEvents(watched),
  ...ofWorkflows(watched),
  ...ofApiAndCatalog(watched),
  ...ofWatch(watched),
  ...ofDeletions(watched),
];

/** A workflow repeats the errors of its tasks, and its end is alarmed: here, only what goes on and on. */
const taskErrors = 5;

function ofFunctions({ functions }: Watched): AlarmDescription[] {
  const table = Object.entries<FunctionDescription>(functionTable) as [FunctionName, FunctionDescription][];
  return table.flatMap(([name, { description, events }]) => {
    const errors: AlarmDescription = {
      id: `${name}-errors`,
      impact: `The function ${name} fails (${description}): what it does is not done.`,
      runbook: 'function-errors',
      metric: functions[name].metricErrors(sum),
      threshold: taskFunctions.includes(name) ? taskErrors : 1,
    };
    // A throttled event waits, and becomes a dead letter if it waits too long.
    if (events !== undefined) return [errors];
    const throttles: AlarmDescription = {
      id: `${name}-throttles`,
      impact: `The function ${name} is called more often than the account allows: callers are refused and try again later.`,
      runbook: 'function-throttles',
      metric: functions[name].metricThrottles(sum),
    };
    return [errors, throttles];
  });
}

/** Names of the rules by the function that they invoke. */
const ruleOf = { watch: 'Watch', 'note-object': 'ObjectCreated', 'take-late-log': 'LogCreated' } as const;

function ofEvents({ functions, rules }: Watched): AlarmDescription[] {
  return (Object.keys(ruleOf) as (keyof typeof ruleOf)[]).flatMap((name) => {
    const ruleMetric = (metricName: string) =>
      new Metric({
        ...{ namespace: 'AWS/Events', metricName, ...sum },
        dimensionsMap: { RuleName: rules[ruleOf[name]].ruleName },
      });
    const queue = functions[name].deadLetterQueue;
    return [
      {
        id: `${name}-undelivered`,
        impact: `EventBridge cannot deliver events to ${name}: ${lossOf[name]}.`,
        runbook: 'events-undelivered',
        metric: ruleMetric('FailedInvocations'),
      },
      {
        id: `${name}-dead-letters`,
        impact: `Events for ${name} failed for good and lie in its dead-letter queue: ${lossOf[name]}.`,
        runbook: 'dead-letters',
        metric: queue?.metricApproximateNumberOfMessagesVisible({ period, statistic: Stats.MAXIMUM }),
      },
      {
        id: `${name}-lost-events`,
        impact: `Events for ${name} failed and could not even be kept as dead letters: ${lossOf[name]}.`,
        runbook: 'lost-events',
        ...sumOf('events lost', [
          ruleMetric('InvocationsFailedToBeSentToDlq'),
          functions[name].metric('DeadLetterErrors', sum),
        ]),
      },
    ].flatMap(({ metric, ...rest }) => (metric === undefined ? [] : [{ metric, ...rest }]));
  });
}

const lossOf = {
  watch: 'what crashes left behind is not moved on',
  'take-late-log': 'logs that came after their commit are not read, and the file maps stay as they are',
  'note-object': 'objects that arrive for uploads already given up stay unnoticed and cost storage',
} as const;

const workflowLosses = {
  'commit-upload': 'uploads do not become recovery points',
  'restore-staging': 'restores do not reach their store',
  'backup-request': 'backups that were requested are not made',
  retention: 'points that have expired stay, and cost storage; nothing is lost',
  reclaim: 'points that have expired and uploads that were given up go on costing storage',
  audit: 'whether the vault has everything that recovery points need is not checked',
} as const;

function ofWorkflows({ workflows }: Watched): AlarmDescription[] {
  return (Object.keys(workflowLosses) as (keyof typeof workflowLosses)[]).flatMap((name) => [
    {
      id: `${name}-failed`,
      impact: `Executions of ${name} fail: ${workflowLosses[name]}.`,
      runbook: 'workflow-failed',
      metric: workflows[name].metricFailed(sum),
    },
    {
      id: `${name}-timed-out`,
      impact: `Executions of ${name} take longer than they may and are ended: ${workflowLosses[name]}.`,
      runbook: 'workflow-timed-out',
      metric: workflows[name].metricTimedOut(sum),
    },
    {
      id: `${name}-aborted`,
      impact: `Somebody ended executions of ${name} by hand: ${workflowLosses[name]} until the watch finds them.`,
      runbook: 'workflow-aborted',
      metric: workflows[name].metricAborted(sum),
    },
  ]);
}

/** What the catalog's adapter sends; a math expression takes no more than ten metrics. */
const operations = [
  Operation.GET_ITEM,
  Operation.BATCH_GET_ITEM,
  Operation.QUERY,
  Operation.PUT_ITEM,
  Operation.UPDATE_ITEM,
  Operation.DELETE_ITEM,
  Operation.TRANSACT_WRITE_ITEMS,
];

const ofOperations = (table: TableV2, metricName: string) =>
  operations.map((Operation) =>
    table.metric(metricName, { ...sum, dimensionsMap: { TableName: table.tableName, Operation } }),
  );

const ofApiAndCatalog = ({ api, table }: Watched): AlarmDescription[] => [
  {
    id: 'api-errors',
    impact:
      'The API answers with server errors: gateways and people are refused; gateways keep their snapshots and try again.',
    runbook: 'api-errors',
    metric: api.metricServerError(sum),
    // One that a caller repeats successfully wakes nobody.
    threshold: 5,
  },
  {
    id: 'catalog-throttles',
    impact: 'DynamoDB throttles the catalog: the API and the workflows slow down, and fail when it lasts.',
    runbook: 'catalog-throttles',
    ...sumOf('throttled requests', ofOperations(table, 'ThrottledRequests')),
  },
  {
    id: 'catalog-errors',
    impact: 'DynamoDB answers with errors of its own: the API and the workflows fail while it lasts.',
    runbook: 'catalog-errors',
    ...sumOf('system errors', ofOperations(table, 'SystemErrors')),
  },
];

function ofWatch({ stage, alertMails }: Watched): AlarmDescription[] {
  const measured = (metricName: MetricName) =>
    new Metric({
      ...{ namespace: metricsNamespace(stage), metricName, ...sum },
      dimensionsMap: { service: 'watch' satisfies FunctionName },
    });
  return [
    {
      id: 'watch-late',
      impact:
        'The watch has not come to its end for 15 minutes: what crashes left behind is not moved on, and deadlines are not kept.',
      runbook: 'watch-late',
      // Filled with zeros too: of missing data alone, an alarm is sure only after twice that time.
      ...sumOf('runs', [measured('WatchRuns')]),
      datapoints: 3,
      isAbsenceBad: true,
    },
    {
      id: 'journals-behind',
      impact:
        'The journal of a mount has not reached the vault for 15 minutes: its commits are not acknowledged, and gateways keep their snapshots.',
      runbook: 'journals-behind',
      metric: measured('JournalsBehind'),
      periods: 3,
    },
    {
      id: 'journals-forked',
      impact:
        'The vault has another journal than the catalog: the catalog is from the past, and the mount has stopped.',
      runbook: 'journals-forked',
      metric: measured('JournalsForked'),
    },
    {
      id: 'stores-not-watched',
      impact:
        'What is wrong with a store could not be found out for 15 minutes: alerts of it are neither raised nor closed.',
      runbook: 'stores-not-watched',
      metric: measured('StoresNotWatched'),
      periods: 3,
    },
    {
      id: 'schedules-not-run',
      impact: 'Backups whose time has come were not requested for 15 minutes: what is due waits.',
      runbook: 'schedules-not-run',
      metric: measured('SchedulesNotRun'),
      periods: 3,
    },
    {
      id: 'alert-mails-undelivered',
      impact: 'EventBridge cannot deliver alerts to the topic: nobody is told of them.',
      runbook: 'events-undelivered',
      metric: new Metric({
        ...{ namespace: 'AWS/Events', metricName: 'FailedInvocations', ...sum },
        dimensionsMap: { RuleName: alertMails.rule.ruleName },
      }),
    },
    {
      id: 'alert-mails-dead-letters',
      impact:
        'Alerts could not be delivered for good and lie in a dead-letter queue: nobody was told of them.',
      runbook: 'dead-letters',
      metric: alertMails.deadLetters.metricApproximateNumberOfMessagesVisible({
        period,
        statistic: Stats.MAXIMUM,
      }),
    },
    {
      id: 'overdue-uploads',
      impact:
        'Uploads ended because they were past their deadline or nobody worked on them: the mount has no recovery point of that run.',
      runbook: 'overdue-uploads',
      metric: measured('OverdueUploads'),
    },
    {
      id: 'overdue-restores',
      impact: 'Restores ended because they were past their deadline: the files are not at the store.',
      runbook: 'overdue-restores',
      metric: measured('OverdueRestores'),
    },
  ];
}

function ofDeletions({ stage }: Watched): AlarmDescription[] {
  const measured = (service: FunctionName, metricName: MetricName) =>
    new Metric({
      ...{ namespace: metricsNamespace(stage), metricName, ...sum },
      dimensionsMap: { service },
    });
  return [
    {
      id: 'plans-stopped',
      impact:
        'A mount would lose more of its recovery points at once than its policy lets go in a day: nothing of it goes before an admin consents.',
      runbook: 'plans-stopped',
      metric: measured('plan-retention', 'StoppedPlans'),
    },
    {
      id: 'vault-damaged',
      impact:
        'The vault does not have objects that live recovery points name, or not as they were stored: those points cannot be restored whole.',
      runbook: 'vault-damaged',
      metric: measured('audit-mount', 'DamagedObjects'),
    },
    {
      id: 'unknown-prefixes',
      impact:
        'Objects lie in the vault under uploads that the catalog does not know: they cost storage, or the catalog has lost something.',
      runbook: 'unknown-prefixes',
      metric: measured('audit-mount', 'UnknownPrefixes'),
    },
    {
      id: 'lock-settings-changed',
      impact:
        'Recovery points are locked otherwise than those before them: somebody has turned Object Lock on or off, or shortened it.',
      runbook: 'lock-settings-changed',
      metric: measured('record-recovery-point', 'LockSettingsChanged'),
    },
    {
      id: 'deletions-blocked',
      impact:
        'Locked objects keep what has expired from being deleted: it goes on costing storage until the locks end.',
      runbook: 'deletions-blocked',
      metric: measured('delete-objects', 'BlockedDeletions'),
    },
  ];
}
