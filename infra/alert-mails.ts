import { type EventBus, EventField, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { createDeadLetterQueue } from './dead-letters.ts';

const of = (field: string) => EventField.fromPath(`$.detail.alert.${field}`);

/** Sends alerts to the people of the stage. How often, the service decides. */
export function createAlertMails(scope: Construct, bus: EventBus, topic: Topic) {
  const deadLetters = createDeadLetterQueue(scope, 'AlertMailsDeadLetters');
  const rule = new Rule(scope, 'AlertMails', {
    description: 'Alerts, to whoever is told of alarms',
    eventBus: bus,
    eventPattern: { source: ['holdfast'], detailType: ['Alert Raised', 'Alert Repeated'] },
    targets: [
      new SnsTopic(topic, {
        // A policy of the topic could not tell our rules from those of other accounts.
        authorizeUsingRole: true,
        deadLetterQueue: deadLetters,
        message: RuleTargetInput.fromText(
          `Holdfast, ${of('severity')} (${of('kind')}): ${of('text')}. What to do: ${of('hint')}. ` +
            `Since ${of('raisedAt')}; alert ${of('alertId')}.`,
        ),
      }),
    ],
  });
  return { rule, deadLetters };
}

export type AlertMails = ReturnType<typeof createAlertMails>;
