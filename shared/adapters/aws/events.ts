import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { Events } from '../../ports/events.ts';
import { translateFailures } from '../failures.ts';

/** Events on an EventBridge bus, with the source `holdfast` and the type as their detail type. */
export const createAwsEvents = ({
  client,
  busName,
}: {
  readonly client: EventBridgeClient;
  readonly busName: string;
}): Events =>
  translateFailures<Events>('events', {
    async publish({ type, ...detail }) {
      const { FailedEntryCount, Entries } = await client.send(
        new PutEventsCommand({
          Entries: [
            { EventBusName: busName, Source: 'holdfast', DetailType: type, Detail: JSON.stringify(detail) },
          ],
        }),
      );
      // PutEvents answers 200 for entries that it did not take.
      if (FailedEntryCount === 0) return;
      const { ErrorCode, ErrorMessage } = Entries?.[0] ?? {};
      throw new Error(`EventBridge did not take "${type}": ${ErrorCode} ${ErrorMessage}`);
    },
  });
