import type { Instant } from '../../domain/instant.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { PollInput } from '../stores/poll-input.ts';

/** Takes over which databases the gateway is configured for, where that has changed: most polls only read. */
export async function followAgent(
  { agents }: Pick<Catalog, 'agents'>,
  { storeId, databases }: Pick<PollInput, 'storeId' | 'databases'>,
  now: Instant,
): Promise<void> {
  if (databases === undefined) return;
  const known = await agents.of(storeId);
  if (JSON.stringify(known.map(rowOf)) !== JSON.stringify(databases.map(rowOf))) {
    await agents.note(storeId, databases, now);
  }
}

/** In one order of fields, whichever the table gives them back in. */
const rowOf = ({ name, mountId, highestLevel }: NonNullable<PollInput['databases']>[number]) => [
  name,
  mountId,
  highestLevel,
];
