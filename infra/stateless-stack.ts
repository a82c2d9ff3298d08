import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import type { Construct } from 'constructs';
import { createAlarmTopic } from './alarm-topic.ts';
import { createAlarms } from './alarms.ts';
import { createAlertMails } from './alert-mails.ts';
import { createApi } from './api.ts';
import { createEvents } from './events.ts';
import { createFunctions } from './functions.ts';
import type { Stage } from './stage.ts';
import type { StatefulStack } from './stateful-stack.ts';
import { createWorkflows } from './workflows.ts';

interface StatelessProps extends StackProps {
  readonly stage: Stage;
  readonly stateful: StatefulStack;
  /** Folder with `{function}/index.mjs`. */
  readonly bundles: string;
}

/** API, functions, workflows and schedules: can be deleted and made again without losing anything. */
export class StatelessStack extends Stack {
  constructor(scope: Construct, id: string, { stage, stateful, bundles, ...props }: StatelessProps) {
    super(scope, id, props);
    const bus = new EventBus(this, 'Bus', { description: 'What Holdfast announces' });
    const functions = createFunctions(this, {
      stage,
      stateful,
      eventBusArn: bus.eventBusArn,
      eventBusName: bus.eventBusName,
      bundles,
    });
    const workflows = createWorkflows(this, stage, functions);
    const rules = createEvents(this, functions, stateful.bucket);
    const api = createApi(this, stage, functions);
    const topic = createAlarmTopic(this, stage);
    const alertMails = createAlertMails(this, bus, topic);
    createAlarms(this, topic, { stage, functions, workflows, rules, alertMails, api, table: stateful.table });

    new CfnOutput(this, 'ApiUrl', { value: api.apiEndpoint });
    new CfnOutput(this, 'IssueCredentialFunction', { value: functions['issue-credential'].functionName });
    // For whoever looks at dead letters and sends them again, see docs/runbook.md.
    new CfnOutput(this, 'WatchDeadLetters', { value: functions.watch.deadLetterQueue?.queueUrl ?? '' });
    new CfnOutput(this, 'NoteObjectDeadLetters', {
      value: functions['note-object'].deadLetterQueue?.queueUrl ?? '',
    });
    new CfnOutput(this, 'NoteObjectFunction', { value: functions['note-object'].functionName });
  }
}
