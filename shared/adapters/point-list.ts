import type { RecoveryPointCatalog } from '../ports/catalog/recovery-points.ts';

/** The name of a list of recovery points, by which its cursors are known. */
export const describePointList = ({
  mountId,
  takenFrom,
  takenBefore,
  order = 'newest-first',
}: Parameters<RecoveryPointCatalog['list']>[0]): string =>
  `points of ${mountId} ${takenFrom ?? ''}/${takenBefore ?? ''} ${order}`;
