import type { CallAnswer } from '../../shared/contracts/calls.ts';
import { rowsOf, type ServiceClient } from '../service/client.ts';

export type ListedPoint = CallAnswer<'showRecoveryPoint'>;

/** `<id> [<creation> UTC]`: monitoring reads lines that begin so. */
export const labelOf = ({
  recoveryPointId,
  takenAt,
}: Pick<ListedPoint, 'recoveryPointId' | 'takenAt'>): string =>
  `${recoveryPointId} [${takenAt.slice(0, 19).replace('T', ' ')} UTC]`;

/** `YYYYMMDDTHHMMSS`, in UTC. */
export const stampOf = (takenAt: string): string => takenAt.slice(0, 19).replaceAll(/[-:]/g, '');

/** The points of a mount, oldest first. */
export const pointsOf = (service: ServiceClient, mountId: string): AsyncGenerator<ListedPoint> =>
  rowsOf((query) =>
    service.call('listRecoveryPoints', { query: { mountId, order: 'oldest-first', ...query } }),
  );

export type ListedClone = CallAnswer<'listClones'>['items'][number];

/** The clones that keep points of a mount, and those that lie on it. */
export const clonesOf = async (service: ServiceClient, mountId: string): Promise<readonly ListedClone[]> =>
  (await service.call('listClones', { params: { mountId } })).items;
