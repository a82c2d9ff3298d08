import { Alarm, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { type AlarmDescription, describeAlarms, type Watched } from './alarm-table.ts';

/** Every alarm goes to the topic of the stage, when it goes off and when it clears. */
export function createAlarms(scope: Construct, topic: Topic, watched: Watched): void {
  const action = new SnsAction(topic);
  const parent = new Construct(scope, 'AlarmOf');
  for (const description of describeAlarms(watched)) {
    const alarm = createAlarm(parent, description);
    alarm.addAlarmAction(action);
    alarm.addOkAction(action);
  }
}

const createAlarm = (
  scope: Construct,
  {
    id,
    impact,
    runbook,
    metric,
    threshold = 1,
    periods = 1,
    datapoints = periods,
    isAbsenceBad = false,
  }: AlarmDescription,
): Alarm =>
  new Alarm(scope, id, {
    alarmDescription: `${impact} Runbook: docs/runbook.md#${runbook}`,
    metric,
    threshold,
    evaluationPeriods: periods,
    datapointsToAlarm: datapoints,
    comparisonOperator: isAbsenceBad
      ? ComparisonOperator.LESS_THAN_THRESHOLD
      : ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    treatMissingData: isAbsenceBad ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
  });
