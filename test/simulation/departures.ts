import type { CatalogState } from '../../shared/adapters/memory/catalog/state.ts';
import { parseExpire } from '../../shared/domain/expire.ts';
import type { UploadId } from '../../shared/domain/ids.ts';
import { isLive, type RecoveryPoint } from '../../shared/domain/recovery-point.ts';
import { type Hold, isHeldBy } from '../../shared/domain/retention/hold.ts';
import { parsePolicy } from '../../shared/domain/retention/policy.ts';
import type { Scheduler } from './scheduler.ts';

/** The service's clock and the true time are minutes apart, which is as good as a clock need be. */
export const clockMargin = 10 * 60_000;
/** A Lambda that read its clock may come to its transaction so much later. */
const answerMargin = 30 * 60_000;

type Violate = (what: string) => void;

/** What is looked at. */
interface Observed {
  readonly state: CatalogState;
  readonly scheduler: Scheduler;
}

/** When points came and were marked by the true time, what people were told to be held, and so what may go. */
export class Departures {
  readonly #holds = new Map<string, Hold>();
  readonly #lifting = new Set<string>();
  readonly #committedAt = new Map<UploadId, number>();
  readonly #markedAt = new Map<UploadId, number>();
  readonly #world: Observed;

  constructor(world: Observed) {
    this.#world = world;
  }

  /** A hold that its people were told of. */
  placed(hold: Hold): void {
    // Whoever reads the list of holds may lift one before its placer is told of it.
    if (!this.#lifting.has(hold.holdId)) this.#holds.set(hold.holdId, hold);
  }

  /** From the moment that somebody asks for it, it need not hold any more. */
  lifting(holdId: string): void {
    this.#lifting.add(holdId);
    this.#holds.delete(holdId);
  }

  committed(recoveryPointId: UploadId, at: number): void {
    if (!this.#committedAt.has(recoveryPointId)) this.#committedAt.set(recoveryPointId, at);
  }

  /** available → pending-deletion. */
  marked(point: RecoveryPoint, violate: Violate): void {
    const { recoveryPointId, mountId, deletion } = point;
    const { scheduler, state } = this.#world;
    this.#markedAt.set(recoveryPointId, scheduler.now);
    this.#requireNotHeld(point, violate);
    const mount = state.mounts.get(mountId);
    if (deletion?.because.code !== 'EXPIRED' || mount === undefined) return;
    const expire = parseExpire(point.expire ?? mount.expire);
    const committedAt = this.#committedAt.get(recoveryPointId) ?? 0;
    if (expire === 'never' || scheduler.now < committedAt + expire - clockMargin) {
      violate(`I10: ${recoveryPointId} expired before its time`);
    }
  }

  /** pending-deletion → reclaiming. */
  goes(point: RecoveryPoint, violate: Violate): void {
    const { recoveryPointId, mountId, deletion } = point;
    const { scheduler, state } = this.#world;
    this.#requireNotHeld(point, violate);
    // The window that was promised when it was marked.
    const markedAt = this.#markedAt.get(recoveryPointId);
    const promised = Date.parse(deletion?.reclaimAfter ?? '');
    const isEarly = scheduler.now < promised - clockMargin;
    if (isEarly || (markedAt !== undefined && promised < markedAt - answerMargin)) {
      violate(`I10: ${recoveryPointId} goes before its undo window is over`);
    }
    // Of a mount that is being retired everything goes.
    if (state.mounts.get(mountId)?.retirement === undefined) this.#requireFloor(point, violate);
  }

  /** I5; and a whole point goes only when enough whole ones are left. */
  #requireFloor(point: RecoveryPoint, violate: Violate): void {
    const { mountId } = point;
    const { state } = this.#world;
    const mount = state.mounts.get(mountId);
    const { floor } = parsePolicy({ ...mount?.policy, expire: mount?.expire ?? '1d' });
    const live = [...state.recoveryPoints.values()].filter((each) => isLive(each.state));
    const require = (left: readonly RecoveryPoint[], of: string) => {
      if (left.length < floor) violate(`I5: ${left.length} points are left of ${of}`);
      const whole = left.filter(({ damage }) => damage === undefined).length;
      if (point.damage === undefined && whole < floor) violate(`I5: ${whole} whole points are left of ${of}`);
    };
    const ofMount = live.filter((each) => each.mountId === mountId);
    if (ofMount.length < floor) violate(`I5: ${ofMount.length} points are left of ${mountId}`);
    for (const dbid of databasesOf(point)) {
      require(live.filter((each) => databasesOf(each).includes(dbid)), `database ${dbid}`);
    }
  }

  #requireNotHeld(point: RecoveryPoint, violate: Violate): void {
    const dbids = databasesOf(point);
    for (const hold of this.#holds.values()) {
      if (isHeldBy(hold, point, dbids)) {
        violate(`I3: ${point.recoveryPointId} is ${point.state} under ${hold.holdId}`);
      }
    }
  }
}

/** As its newest judgement says: the index of databases also has what a map said that was lost with its catalog. */
const databasesOf = ({ judgement }: RecoveryPoint): readonly string[] =>
  judgement?.databases.map(({ dbid }) => dbid) ?? [];
