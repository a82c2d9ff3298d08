import { type EventBus, EventField, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets';
import type { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { ServiceEvent } from '../shared/ports/events.ts';

const mailed: readonly ServiceEvent['type'][] = ['Alert Raised', 'Alert Repeated'];
const of = (field: string) => EventField.fromPath(`$.detail.alert.${field}`);

/** Sends alerts to the people of the stage. How often, the service decides. */
export function createAlertMails(scope: Construct, bus: EventBus, topic: Topic): Rule {
  return new Rule(scope, 'AlertMails', {
    description: 'Alerts, to whoever is told of alarms',
    eventBus: bus,
    eventPattern: { source: ['holdfast'], detailType: [...mailed] },
    targets: [
      new SnsTopic(topic, {
        message: RuleTargetInput.fromText(
          `Holdfast, ${of('severity')} (${of('kind')}): ${of('text')}. What to do: ${of('hint')}. ` +
            `Since ${of('raisedAt')}; alert ${of('alertId')}.`,
        ),
      }),
    ],
  });
}
