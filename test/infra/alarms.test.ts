import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { metricUnits } from '../../functions/runtime/metric-names.ts';
import { functionNames } from '../../infra/bundle.ts';
import {
  asLogicalId,
  inWords,
  resourcesOf,
  type SynthesizedStacks,
  synthesizeStacks,
} from './synthesized.ts';

interface Metric {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions: readonly { readonly Name: string; readonly Value: unknown }[];
}
interface Alarm extends Partial<Metric> {
  readonly id: string;
  readonly AlarmDescription: string;
  readonly AlarmActions: readonly unknown[];
  readonly OKActions: readonly unknown[];
  readonly Threshold: number;
  readonly EvaluationPeriods: number;
  readonly DatapointsToAlarm: number;
  readonly ComparisonOperator: string;
  readonly TreatMissingData: string;
  readonly Metrics?: readonly {
    readonly Expression?: string;
    readonly MetricStat?: { readonly Metric: Metric; readonly Period: number };
  }[];
}

let stacks: SynthesizedStacks;
let alarms: Alarm[];
beforeAll(() => {
  stacks = synthesizeStacks({ name: 'test', alarmEmails: ['dba@example.com', 'ops@example.com'] });
  alarms = resourcesOf(stacks.stateless, 'AWS::CloudWatch::Alarm') as unknown as Alarm[];
});
afterAll(() => stacks.remove());

/** Every metric that an alarm looks at, as `namespace name dimensions`. */
const metricsOf = (alarm: Alarm): string[] => {
  const metrics = alarm.Metrics?.flatMap(({ MetricStat }) => (MetricStat ? [MetricStat.Metric] : [])) ?? [
    alarm as Metric,
  ];
  return metrics.map(
    ({ Namespace, MetricName, Dimensions }) =>
      `${Namespace} ${MetricName} ${Dimensions.map(({ Value }) => inWords(Value)).join(' ')}`,
  );
};
const alarmOn = (metric: string): Alarm => {
  const found = alarms.filter((alarm) => metricsOf(alarm).includes(metric));
  expect(`${found.length} alarm on ${metric}`).toBe(`1 alarm on ${metric}`);
  return found[0] as Alarm;
};

const runbook = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'runbook.md'), 'utf8');
/** The entries of the runbook's chapter on alarms, by heading. */
const entries = new Map(
  (/^## Alarms$([\s\S]*?)(?=^## |(?![\s\S]))/m.exec(runbook)?.[1] ?? '')
    .split(/^### /m)
    .slice(1)
    .map((entry) => [entry.slice(0, entry.indexOf('\n')), entry]),
);

describe('every alarm', () => {
  it('says what it means for backups, and names its entry in the runbook', () => {
    const named = alarms.map(({ AlarmDescription }) => {
      const [, impact, entry] =
        /^(.{30,}\.) Runbook: docs\/runbook\.md#([a-z-]+)$/.exec(AlarmDescription) ?? [];
      expect({ AlarmDescription, impact }).toMatchObject({ impact: expect.any(String) });
      return entry ?? AlarmDescription;
    });

    expect([...new Set(named)].sort()).toEqual([...entries.keys()].sort());
  });

  it('is sent when it goes off and when it clears', () => {
    for (const { AlarmActions, OKActions } of alarms) {
      expect([AlarmActions, OKActions].map((actions) => actions.map(inWords))).toEqual([
        ['Alarms'],
        ['Alarms'],
      ]);
    }
  });

  it('is quiet when nothing is measured, but for what must happen all the time', () => {
    const loud = alarms.filter(({ TreatMissingData }) => TreatMissingData !== 'notBreaching');

    expect(loud.map(({ id, TreatMissingData }) => [id.slice(0, -8), TreatMissingData])).toEqual([
      ['AlarmOfwatchlate', 'breaching'],
    ]);
  });
});

describe('the runbook', () => {
  it.each([...entries])(
    'says of %s what it means, where to look, what to do and how it clears',
    (_, entry) => {
      for (const part of ['Meaning', 'Look here', 'Fix', 'Clears']) {
        expect(entry).toMatch(new RegExp(`^- \\*\\*${part}\\.\\*\\* \\S.{20,}`, 'm'));
      }
    },
  );
});

describe('an alarm goes off', () => {
  const events = ['watch', 'note-object', 'take-late-log'];
  // Their workflow repeats them, and has an alarm of its own when that does not help.
  const tasks =
    /^(verify|read-logs|build|judge|record|store-journal|announce|refuse|hand-over|follow|end|rebuild|find-|plan-|expire-|begin-|delete-objects|audit-|archive-|lock-)-?/;

  it.each(functionNames())('when %s fails, and when it is throttled unless an event waits', (name) => {
    const id = `Functions${asLogicalId(name)}`;

    expect(alarmOn(`AWS/Lambda Errors ${id}`).Threshold).toBe(tasks.test(name) ? 5 : 1);
    const throttles = alarms.filter((alarm) => metricsOf(alarm).includes(`AWS/Lambda Throttles ${id}`));
    expect(throttles).toHaveLength(events.includes(name) ? 0 : 1);
  });

  it.each([
    ['commit-upload', 'commitupload'],
    ['restore-staging', 'restorestaging'],
    ['backup-request', 'backuprequest'],
    ['retention', 'retention'],
    ['reclaim', 'reclaim'],
    ['audit', 'audit'],
  ])('when %s fails, takes too long or is aborted', (_, id) => {
    for (const metric of ['ExecutionsFailed', 'ExecutionsTimedOut', 'ExecutionsAborted']) {
      expect(alarmOn(`AWS/States ${metric} ${id}`).Threshold).toBe(1);
    }
  });

  it.each([
    ['watch', 'Watch'],
    ['note-object', 'ObjectCreated'],
    ['take-late-log', 'LogCreated'],
  ])('when events for %s are not delivered, fail for good, or are lost', (name, rule) => {
    const id = `Functions${asLogicalId(name)}`;

    alarmOn(`AWS/Events FailedInvocations ${rule}`);
    const letters = alarmOn(`AWS/SQS ApproximateNumberOfMessagesVisible ${id}deadletters`);
    expect(letters).toMatchObject({ Threshold: 1, EvaluationPeriods: 1, Statistic: 'Maximum' });
    const lost = alarmOn(`AWS/Lambda DeadLetterErrors ${id}`);
    expect(metricsOf(lost)).toContain(`AWS/Events InvocationsFailedToBeSentToDlq ${rule}`);
  });

  it('when no run of the watch has come to its end for three of its intervals', () => {
    expect(alarmOn('Holdfast/test WatchRuns watch')).toMatchObject({
      EvaluationPeriods: 3,
      DatapointsToAlarm: 3,
      Threshold: 1,
      ComparisonOperator: 'LessThanThreshold',
      TreatMissingData: 'breaching',
    });
    expect(
      resourcesOf(stacks.stateless, 'AWS::Events::Rule').map(({ ScheduleExpression }) => ScheduleExpression),
    ).toContain('rate(5 minutes)');
  });

  it('when a journal is behind or forked, and when something ended past its deadline', () => {
    expect(alarmOn('Holdfast/test JournalsBehind watch').EvaluationPeriods).toBe(3);
    expect(alarmOn('Holdfast/test JournalsForked watch').EvaluationPeriods).toBe(1);
    alarmOn('Holdfast/test OverdueUploads watch');
    alarmOn('Holdfast/test OverdueRestores watch');
  });

  it('when the API answers with server errors, and when DynamoDB throttles or fails', () => {
    alarmOn('AWS/ApiGateway 5xx Api');
    for (const operation of ['GetItem', 'Query', 'TransactWriteItems']) {
      alarmOn(`AWS/DynamoDB ThrottledRequests ${operation} Catalog`);
      alarmOn(`AWS/DynamoDB SystemErrors ${operation} Catalog`);
    }
  });

  it('on metrics of our own that functions publish, in the namespace that they are given', () => {
    const own = alarms.flatMap(metricsOf).filter((metric) => metric.startsWith('Holdfast/'));
    const functions = resourcesOf(stacks.stateless, 'AWS::Lambda::Function');

    expect(own.length).toBeGreaterThan(4);
    for (const metric of own) expect(Object.keys(metricUnits)).toContain(metric.split(' ')[1]);
    expect(functions.map(({ Environment }) => Environment.Variables.METRICS_NAMESPACE)).toEqual(
      functions.map(() => 'Holdfast/test'),
    );
  });
});

describe('an alarm on several metrics, or on one of DynamoDB', () => {
  it('takes what is missing for zero, and finds what comes late', () => {
    const sums = alarms.filter(({ Metrics }) => Metrics !== undefined);

    expect(sums.map(({ id }) => id.slice('AlarmOf'.length, -8)).sort()).toEqual(
      [
        'catalogerrors',
        'catalogthrottles',
        'noteobjectlostevents',
        'takelateloglostevents',
        'watchlate',
        'watchlostevents',
      ].sort(),
    );
    for (const { id, Metrics = [], EvaluationPeriods, DatapointsToAlarm } of sums) {
      const stats = Metrics.flatMap(({ MetricStat }) => MetricStat ?? []);
      const filled = stats.map((_, index) => `FILL(m${index}, 0)`).join(' + ');
      expect(Metrics.flatMap(({ Expression }) => Expression ?? [])).toEqual([filled]);
      expect(stats.every(({ Period }) => Period === 300)).toBe(true);
      expect([EvaluationPeriods, DatapointsToAlarm]).toEqual([3, id.includes('watchlate') ? 3 : 1]);
    }
    expect(alarms.filter(({ Namespace }) => Namespace === 'AWS/DynamoDB')).toEqual([]);
  });
});

describe('the topic of the alarms', () => {
  it('is encrypted with a key that CloudWatch may use, and takes nothing but TLS', () => {
    const [topic] = resourcesOf(stacks.stateless, 'AWS::SNS::Topic');
    const [policy] = resourcesOf(stacks.stateless, 'AWS::SNS::TopicPolicy');

    expect(inWords(topic?.KmsMasterKeyId)).toBe('AlarmKey');
    expect(policy?.PolicyDocument.Statement).toEqual([
      expect.objectContaining({
        Effect: 'Deny',
        Action: 'sns:Publish',
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      }),
      expect.objectContaining({
        Effect: 'Allow',
        Action: 'sns:Publish',
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
      }),
    ]);
  });

  it('writes to the addresses of the stage', () => {
    expect(
      resourcesOf(stacks.stateless, 'AWS::SNS::Subscription').map(({ Protocol, Endpoint }) => [
        Protocol,
        Endpoint,
      ]),
    ).toEqual([
      ['email', 'dba@example.com'],
      ['email', 'ops@example.com'],
    ]);
  });
});
