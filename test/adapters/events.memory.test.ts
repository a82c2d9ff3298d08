import { createRecordingEvents } from '../../shared/adapters/memory/events.ts';
import { eventsContract } from './contracts/events.contract.ts';

eventsContract('recorded events', async () => {
  const events = createRecordingEvents();
  return { events, received: async () => events.published };
});
