import type { CallAnswer } from '../../shared/contracts/calls.ts';
import type { ServiceClient } from '../service/client.ts';

type Volume = CallAnswer<'listVolumes'>['items'][number];

/** A volume by its id or its name. Throws an Error that lists what there is. */
export async function findVolume(service: ServiceClient, text: string): Promise<Volume> {
  const { items } = await service.call('listVolumes', {});
  const found = items.find(({ id, name }) => String(id) === text || name === text);
  if (found !== undefined) return found;
  const known = items.map(({ id, name }) => `${id} ${name}`).join(', ');
  throw new Error(`there is no remote volume "${text}"; there is ${known}`);
}
