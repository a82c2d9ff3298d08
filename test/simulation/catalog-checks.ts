import type { CatalogState } from '../../shared/adapters/memory/catalog/state.ts';
import type { UploadId } from '../../shared/domain/ids.ts';
import type { Mount } from '../../shared/domain/mount.ts';
import { isLive, type RecoveryPoint } from '../../shared/domain/recovery-point.ts';
import { isStaged, pinOf } from '../../shared/domain/restore.ts';

type Violate = (what: string) => void;

/** A mount's head is its newest live point, its places are each one point's, and what it waits for is under way. */
export function checkMount(
  { recoveryPoints, uploads }: CatalogState,
  { mountId, headId, seq, openUploadId }: Mount,
  violate: Violate,
): void {
  const points = [...recoveryPoints.values()].filter((point) => point.mountId === mountId);
  const live = points.filter((point) => isLive(point.state));
  const head = live.reduce<RecoveryPoint | undefined>((a, b) => (a && a.seq > b.seq ? a : b), undefined);
  if (head?.recoveryPointId !== headId) {
    violate(`the head of ${mountId} is ${headId}, its newest live point ${head?.recoveryPointId}`);
  }
  if (new Set(points.map((point) => point.seq)).size !== points.length) {
    violate(`two points of ${mountId} have one place`);
  }
  if (points.some((point) => point.seq > seq)) violate(`${mountId} counts from behind`);
  if (openUploadId === undefined) return;
  const { state } = uploads.get(openUploadId) ?? {};
  if (state === 'open' || state === 'committing') return;
  violate(`I8: ${mountId} waits for upload ${openUploadId}, which is over`);
}

/** Whatever is under way has its pin, and what it pins is live. */
export function checkPins(
  { recoveryPoints, pins, uploads, restores }: CatalogState,
  { arePinsOfClonesVoid }: { readonly arePinsOfClonesVoid: boolean },
  violate: Violate,
): void {
  const requirePin = (pointId: UploadId, pin: string) => {
    const { state } = recoveryPoints.get(pointId) ?? {};
    if (state === undefined || !isLive(state)) violate(`${pin} needs point ${pointId}, which is ${state}`);
    if (!pins.get(pointId)?.has(pin)) violate(`${pin} is not pinned on ${pointId}`);
  };
  for (const { uploadId, state, parent } of uploads.values()) {
    const isUnderWay = state === 'open' || state === 'committing';
    if (isUnderWay && parent) requirePin(parent.uploadId, `upload:${uploadId}`);
  }
  for (const restore of restores.values()) {
    // A rebuild voids the pins of clones until the watch sets them again.
    const isLyingThere = restore.clone && isStaged(restore) && !arePinsOfClonesVoid;
    if (restore.endedAt === undefined || isLyingThere) requirePin(restore.recoveryPointId, pinOf(restore));
  }
}
