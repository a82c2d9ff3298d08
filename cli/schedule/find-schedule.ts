import type { CallAnswer } from '../../shared/contracts/calls.ts';
import { idPatterns } from '../../shared/domain/ids.ts';
import { rowsOf, type ServiceClient } from '../service/client.ts';

export type ShownSchedule = CallAnswer<'showSchedule'>;

/**
 * The schedule that people mean: by its id, by its name, or by `DATABASE/NAME` where several databases have one of the name. Throws an
 * Error that lists what there is.
 */
export async function findSchedule(service: ServiceClient, text: string): Promise<ShownSchedule> {
  if (idPatterns.schedule.test(text)) return service.call('showSchedule', { params: { scheduleId: text } });
  const all = await Array.fromAsync(rowsOf((query) => service.call('listSchedules', { query })));
  const found = all.filter(({ name, database }) => name === text || `${database}/${name}` === text);
  const [schedule, ...others] = found;
  if (schedule === undefined) {
    const names = all.map(({ name, database }) => `${database}/${name}`).join(', ') || 'none';
    throw new Error(`there is no schedule "${text}"; there is ${names}`);
  }
  if (others.length === 0) return schedule;
  const ids = found.map(({ scheduleId, database, storeId }) => `${scheduleId} of ${database} on ${storeId}`);
  throw new Error(`several schedules are called "${text}": name one by its id (${ids.join(', ')})`);
}
