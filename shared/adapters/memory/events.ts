import type { Events, ServiceEvent } from '../../ports/events.ts';

export interface RecordingEvents extends Events {
  /** What was published, in order. */
  readonly published: readonly ServiceEvent[];
}

/** Events that are only written down. */
export function createRecordingEvents(): RecordingEvents {
  const published: ServiceEvent[] = [];
  return {
    published,
    async publish(event) {
      published.push(structuredClone(event));
    },
  };
}
