import type { Caller } from '../../shared/domain/access.ts';
import type { MountId, UploadId } from '../../shared/domain/ids.ts';
import type { Upload } from '../../shared/domain/upload.ts';
import { requestCommit } from '../../shared/usecases/commit/request-commit.ts';
import { takeLateLog } from '../../shared/usecases/databases/take-late-log.ts';
import { abortUpload } from '../../shared/usecases/uploads/abort-upload.ts';
import { tellDamage } from '../../shared/usecases/uploads/damaged-parent.ts';
import { noteObject, type SeenAtWork } from '../../shared/usecases/uploads/note-object.ts';
import { openUpload } from '../../shared/usecases/uploads/open-upload.ts';
import { showUpload } from '../../shared/usecases/uploads/show-upload.ts';
import { signUpload } from '../../shared/usecases/uploads/sign-upload.ts';
import { runReclaimWorkflow } from './deletion-workflows.ts';
import { repeatNow } from './repeats.ts';
import { invoke } from './run-step.ts';
import type { Task, TaskEnd } from './scheduler.ts';
import { type Baseline, type Files, packSnapshot, type SentLog } from './snapshot-content.ts';
import type { TaskPorts } from './task-ports.ts';
import type { World } from './world.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
/** Far more than any upload needs once the weather is good. */
const mostAttempts = 60;

/** A frozen mount on its way to the vault. */
export interface Snapshot {
  readonly snapshotId: string;
  readonly snapName: string;
  readonly requestedAt: Upload['requestedAt'];
  readonly files: Files;
  readonly logs: readonly SentLog[];
}

/** The gateway's side of one mount: keeps at a snapshot until it is told that it is committed. */
export class MountUploads {
  readonly mountId: MountId;
  readonly caller: Caller;
  readonly #world: World;
  /** What a warm note-object remembers. */
  readonly #seen: SeenAtWork = new Map();
  /** By manifest, as the gateway's digest files are. */
  readonly #baselines = new Map<string, Baseline>();

  constructor(world: World, mountId: MountId, caller: Caller) {
    this.#world = world;
    this.mountId = mountId;
    this.caller = caller;
  }

  /** Ends when the snapshot is committed, or given up; a gateway gives up only what its people tell it to. */
  async backUp(snapshot: Snapshot): Promise<UploadId | undefined> {
    const { random, scheduler } = this.#world;
    for (let attempt = 0; attempt < mostAttempts; attempt++) {
      if (!this.#world.isDraining && random.chance(0.03)) return undefined;
      if (this.#world.state.mounts.get(this.mountId)?.retirement !== undefined) return undefined;
      const work = scheduler.run(`gateway sends ${snapshot.snapName}`, 'gateway', async (task) =>
        this.#attempt(task, snapshot),
      );
      // A gateway that hangs is started again by its people, and may wake up later.
      const end = await Promise.race([
        work,
        scheduler.sleep(2 * hour + random.below(2 * day)).then(() => undefined),
      ]);
      if (end === undefined) void work.then((late) => this.#judge(late));
      else {
        this.#judge(end);
        if (end.outcome === 'done' && end.value.state === 'committed') return end.value.uploadId;
      }
      await scheduler.sleep(random.below(attempt < 3 ? 10 * minute : 4 * hour));
    }
    this.#world.truth.violate(`I8: ${snapshot.snapName} is not committed after ${mostAttempts} attempts`);
    return undefined;
  }

  #judge(end: TaskEnd<Upload>): void {
    this.#world.truth.judgeError('the gateway', end);
    if (end.outcome === 'done' && end.value.state === 'committed') {
      this.#world.truth.acknowledge(end.value.uploadId);
    }
  }

  async #attempt(task: Task, snapshot: Snapshot): Promise<Upload> {
    const ports = this.#world.portsOf(task);
    const { snapshotId, snapName, requestedAt } = snapshot;
    const { mountId, caller } = this;
    const upload = await openUpload(ports, caller, { mountId, snapshotId, snapName, requestedAt });
    if (upload.state !== 'open') return upload;
    const { uploadId, fence } = upload;
    const sent = await this.#send(ports, upload, snapshot);
    if (sent === undefined) return this.#giveUp(ports, uploadId);
    const { manifestSha256, manifestBytes } = sent;
    const commit = (again: TaskPorts) =>
      requestCommit(again, caller, { uploadId, fence, manifestSha256, manifestBytes });
    await commit(ports);
    await repeatNow(this.#world, task, 'Request commit', commit);
    return showUpload(ports, caller, uploadId);
  }

  /** With PUTs still under way; and somebody may want its room at once. */
  async #giveUp(ports: TaskPorts, uploadId: UploadId): Promise<Upload> {
    const { scheduler, random, truth } = this.#world;
    const upload = await abortUpload(ports, this.caller, { uploadId, reason: 'somebody wants it so' });
    const run = async () => {
      await scheduler.sleep(random.below(5 * minute));
      await runReclaimWorkflow(this.#world);
    };
    if (random.chance(0.5)) truth.follow('a run by hand', run());
    return upload;
  }

  /** Undefined when somebody wants it given up in the midst of it. */
  async #send(ports: TaskPorts, upload: Upload, { files, logs }: Snapshot) {
    const { random, truth, isDraining } = this.#world;
    const isGivenUp = !isDraining && random.chance(0.06);
    const isLate = () => random.chance(isGivenUp ? 0.5 : 0.1);
    const { uploadId, fence, parent } = upload;
    const { damagedPacks, avoidsParent } = await tellDamage(ports.catalog, upload);
    const isSound = damagedPacks === undefined && avoidsParent === undefined;
    const baseline = this.#baselines.get(parent?.manifestSha256 ?? '');
    const known = isSound && random.chance(0.9) ? baseline : undefined;
    const packed = await packSnapshot(upload, files, logs, known, random);
    truth.offer(uploadId, packed.manifestSha256, { files, keys: packed.keys });
    this.#baselines.set(packed.manifestSha256, packed.baseline);
    for (const { object, bytes } of packed.objects) {
      const { urls } = await signUpload(ports, this.caller, { uploadId, fence, objects: [object] });
      for (const { key, url, headers } of urls) {
        const request = { method: 'PUT', url, headers, body: bytes } as const;
        if (isLate()) this.#sendLate(key, request);
        const { status } = await ports.vault.send(request);
        if (status === 200) this.announce(key);
        else if (status !== 412 && status !== 403) truth.violate(`the vault answered ${status} to a PUT`);
      }
      if (isGivenUp && random.chance(0.4)) return undefined;
    }
    return packed;
  }

  /** A copy of a request that is under way for as long as its signature is good, and sometimes longer. */
  #sendLate(key: string, request: Parameters<TaskPorts['vault']['send']>[0]): void {
    const { scheduler, random, truth } = this.#world;
    const send = async () => {
      await scheduler.sleep(random.below(17 * minute));
      const end = await scheduler.run('a late PUT', 'gateway', (task) =>
        this.#world.portsOf(task).vault.send(request),
      );
      if (end.outcome === 'done' && end.value.status === 200) this.announce(key);
    };
    truth.follow('a late PUT', send());
  }

  /** What the bucket says of a new object: late, twice or never. */
  announce(key: string): void {
    const { scheduler, random, climate, truth } = this.#world;
    if (random.chance(climate.lostEvents)) return;
    const deliver = async () => {
      await scheduler.sleep(random.below(random.chance(0.8) ? minute : 2 * day));
      const end = await invoke(this.#world, 'Note object', (ports) =>
        noteObject({ ...ports, seen: this.#seen }, key),
      );
      truth.judgeError('Note object', end);
      if (!key.includes('/logs/')) return;
      const taken = await invoke(this.#world, 'Take late log', (ports) => takeLateLog(ports, key));
      truth.judgeError('Take late log', taken);
    };
    truth.follow('an event', deliver());
  }
}
