import { ulid } from 'ulid';
import type * as z from 'zod';
import type { pollAnswer } from '../../../gateway/polling/poll-answer.ts';
import type { restore as restoreSchema } from '../../../shared/contracts/restores.ts';
import type { RouteName } from '../../../shared/contracts/routes.ts';
import type { signLateLogRequest, upload as uploadSchema } from '../../../shared/contracts/uploads.ts';
import type { MountId, UploadId } from '../../../shared/domain/ids.ts';
import { judgePoll } from '../../../shared/domain/poll-chain.ts';
import type { PollMark } from '../../../shared/domain/store.ts';
import { formatVaultKey } from '../../../shared/domain/vault/keys.ts';
import { ServiceError } from '../../../shared/errors.ts';
import type { FakeVault } from './fake-vault.ts';

type Mutable<T> = { -readonly [key in keyof T]: T[key] };
type Upload = Mutable<z.input<typeof uploadSchema>> & {
  commit?: { manifestSha256: string };
  /** When its point was recorded. */
  committedAt?: number;
  /** How many logs came before that. */
  logs?: number;
};
type LateLog = z.input<typeof signLateLogRequest>;
type Restore = Mutable<z.input<typeof restoreSchema>> & { fence: number; manifestSha256: string };
type Mount = Mutable<z.input<typeof pollAnswer>['mounts'][number]>;
type Body = Record<string, unknown> & { fence?: number };

const now = () => new Date().toISOString();
const later = () => new Date(Date.now() + 3_600_000).toISOString();

const idsOf = ({ mountId, uploadId }: Upload) => ({
  mountId: mountId as MountId,
  uploadId: uploadId as UploadId,
});

/** The catalog of the fake service, and what its routes do with it. */
export class FakeState {
  readonly storeId = `sto-${ulid()}`;
  readonly code = `code-${ulid()}`;
  token: string | undefined;
  readonly formerTokens = new Set<string>();
  lastPoll: PollMark | undefined;
  forked: string | undefined;
  protocolVersion = 1;
  /** Sent when a test sets it. */
  storeState: z.input<typeof pollAnswer>['storeState'];
  /** Shown with the store. */
  storeDetails: object = {};
  readonly mounts: Mount[] = [];
  pollAfterSeconds = 1;
  readonly reported = new Map<string, string>();
  readonly uploads: Upload[] = [];
  /** Announced after the commit of their upload. */
  readonly lateLogs: (LateLog & { readonly uploadId: string; readonly number: number })[] = [];
  /** Wrapped data keys by mount. */
  readonly dataKeys = new Map<string, object[]>();
  readonly restores: Restore[] = [];
  /** Sent along with the orders. */
  readonly otherCommands: object[] = [];
  /** What the gateway said of ordered snapshots. */
  readonly snapshotResults: {
    commandId: string;
    outcome: string;
    snapName: unknown;
    code: unknown;
    reason: unknown;
  }[] = [];
  /** The next commits end with these instead. */
  readonly refusals: { code: string; message: string }[] = [];
  readonly #heads = new Map<string, Upload>();
  readonly #vault: FakeVault;

  constructor(vault: FakeVault) {
    this.#vault = vault;
  }

  addMount(name: string, maxPendingSnapshots = 3): Mount {
    const mount = { mountId: `mnt-${ulid()}`, name, expire: '4w', maxPendingSnapshots };
    this.mounts.push(mount);
    return mount;
  }

  /** Uploads of the mount that became recovery points, in order. */
  pointsOf({ mountId }: Mount): Upload[] {
    return this.uploads.filter((upload) => upload.mountId === mountId && upload.state === 'committed');
  }

  orderRestore(
    point: Upload,
    jobId: number,
    options: Pick<Restore, 'paths' | 'owners' | 'targetMountId' | 'clone'> = {},
  ): Restore {
    const restore: Restore = {
      restoreId: `rst-${ulid()}`,
      jobId,
      recoveryPointId: point.uploadId,
      mountId: point.mountId,
      storeId: this.storeId,
      state: 'handed-over',
      progress: { filesDone: 0, filesTotal: 0, bytesDone: 0, bytesTotal: 0 },
      requestedAt: now(),
      requestedBy: 'test',
      deadline: later(),
      fence: 1,
      manifestSha256: point.commit?.manifestSha256 ?? '',
      ...options,
    };
    this.restores.push(restore);
    return restore;
  }

  answer(name: RouteName, params: Record<string, string>, body: unknown): unknown {
    const given = body as Body;
    switch (name) {
      case 'activateStore':
        return this.#activate(given);
      case 'describeToken':
        return this.#describeToken(given);
      case 'showStore':
        return {
          storeId: this.storeId,
          name: 'test-store',
          state: 'active',
          createdAt: now(),
          ...this.storeDetails,
        };
      case 'pollStore':
        return this.#poll(given);
      case 'listMounts':
        return { items: this.mounts.map((mount) => this.#describeMount(mount)) };
      case 'listDataKeys':
        return { items: this.dataKeys.get(String(params.mountId)) ?? [] };
      case 'storeDataKey':
        return this.#storeDataKey(String(params.mountId), given);
      case 'openUpload':
        return this.#open(String(params.mountId), given);
      case 'showUpload':
        return this.#show(this.#upload(params.uploadId));
      case 'signUpload':
        return this.#signUpload(this.#owned(params.uploadId, given), given);
      case 'commitUpload':
        return this.#commit(this.#owned(params.uploadId, given), given);
      case 'abortUpload':
        return this.#close(this.#upload(params.uploadId), String(given.reason));
      case 'signLateLog':
        return this.#signLateLog(this.#upload(params.uploadId), body as LateLog);
      case 'signRestore':
        this.#restore(params.restoreId, given);
        return {
          expiresAt: later(),
          urls: (given.keys as string[]).map((key) => ({ key, url: this.#vault.signGet(key) })),
        };
      case 'reportRestoreProgress':
        return this.#progress(this.#restore(params.restoreId, given), given);
      case 'showRestore':
        return this.restores.find(({ restoreId }) => restoreId === params.restoreId);
      case 'reportSnapshotOrder': {
        const { outcome, snapName, code, reason } = given;
        const result = {
          commandId: String(params.commandId),
          outcome: String(outcome),
          ...{ snapName, code, reason },
        };
        this.snapshotResults.push(result);
        const facts = { mountId: params.mountId, requestedAt: now(), requestedBy: 'test', deadline: later() };
        return { ...facts, ...result, state: outcome };
      }
      case 'reportRemoval':
        return this.#removal(params.restoreId, given);
      case 'reportRestoreResult':
        return this.#result(this.#restore(params.restoreId, given), given);
      default:
        throw new ServiceError('ROUTE_NOT_FOUND', `the fake has no ${name}`);
    }
  }

  /** As the service does when a gateway with a newer token wants the mounts. */
  closeOpenUploads(): void {
    for (const upload of this.uploads) if (upload.state === 'open') this.#close(upload, 'replaced');
  }

  #activate({ code, storeId = this.storeId }: Body) {
    if (code !== this.code) throw new ServiceError('ACTIVATION_REFUSED', 'the code is not valid');
    if (storeId !== this.storeId) {
      throw new ServiceError('ACTIVATION_STORE_MISMATCH', `the code is for the store ${this.storeId}`);
    }
    if (this.token !== undefined) this.formerTokens.add(this.token);
    this.lastPoll = undefined;
    this.forked = undefined;
    this.token = `token-${ulid()}`;
    return { storeId: this.storeId, name: 'test-store', token: this.token };
  }

  #describeToken({ token }: Body) {
    if (token === this.token) return { status: 'in-force' };
    return this.formerTokens.has(String(token))
      ? { status: 'replaced', since: now() }
      : { status: 'unknown' };
  }

  #describeMount({ mountId, name, expire, maxPendingSnapshots }: Mount) {
    const journal = { number: 1, hash: '0'.repeat(64) };
    const facts = { mountId, storeId: this.storeId, name, expire, maxPendingSnapshots, journal };
    return { ...facts, state: 'ready', volumeId: 10_001, createdAt: now(), seq: 0 };
  }

  #storeDataKey(mountId: string, { number, ...dataKey }: Body) {
    const items = this.dataKeys.get(mountId) ?? [];
    if (number !== items.length + 1) throw new ServiceError('DATA_KEY_CONFLICT', 'there is another');
    this.dataKeys.set(mountId, [...items, dataKey]);
    return { items: [...items, dataKey] };
  }

  #withLastName(mount: Mount): Mount {
    const lastSnapName = this.#heads.get(mount.mountId)?.snapName;
    return lastSnapName === undefined ? mount : { ...mount, lastSnapName };
  }

  /** The service's rule, on one store. */
  #linkPoll(link: PollMark): void {
    const standing = judgePoll(this.lastPoll, link);
    if (standing.kind === 'fork') this.forked ??= standing.reason;
    if (this.forked !== undefined) throw new ServiceError('STORE_FORKED', this.forked);
    if (standing.kind === 'outdated') throw new ServiceError('POLL_OUTDATED', 'a later poll was answered');
    this.lastPoll = link;
  }

  #poll({ mounts, link }: Body) {
    this.#linkPoll(link as PollMark);
    for (const { mountId, state } of mounts as { mountId: string; state: string }[]) {
      this.reported.set(mountId, state);
    }
    const orders = this.restores.filter(({ endedAt }) => endedAt === undefined);
    const commands = orders.map(
      ({ fence, restoreId, jobId, mountId, recoveryPointId, manifestSha256, ...more }) => ({
        commandId: `cmd-${restoreId.slice(4)}`,
        kind: 'stage-restore',
        deadline: later(),
        ...{ fence, restoreId, jobId, recoveryPointId, manifestSha256 },
        mountId: more.targetMountId ?? mountId,
        ...(more.targetMountId && { sourceMountId: mountId }),
        ...(more.paths && { paths: more.paths }),
        ...(more.owners && { owners: more.owners }),
        ...(more.state === 'thawing' && { isThawing: true }),
        ...(more.clone && { clone: more.clone, mayUseSnapshot: true }),
      }),
    );
    const removals = this.restores
      .filter(({ staged }) => staged?.state === 'removing')
      .map(({ fence, restoreId, jobId, mountId, targetMountId, clone }) => ({
        ...{ commandId: `cmd-${restoreId.slice(4)}`, kind: 'remove-staged', deadline: later() },
        ...{ fence, restoreId, jobId, mountId: targetMountId ?? mountId, ...(clone && { clone }) },
      }));
    return {
      protocolVersion: this.protocolVersion,
      serviceTime: now(),
      pollAfterSeconds: this.pollAfterSeconds,
      ...(this.storeState && { storeState: this.storeState }),
      mounts: this.mounts.map((mount) => this.#withLastName(mount)),
      commands: [...commands, ...removals, ...this.otherCommands],
    };
  }

  #open(mountId: string, { snapshotId, snapName, requestedAt }: Body) {
    const active = this.uploads.filter((upload) => upload.mountId === mountId && upload.state !== 'closed');
    const known = active.find((upload) => upload.snapshotId === snapshotId);
    if (known) return known;
    if (active.some(({ state }) => state !== 'committed')) {
      throw new ServiceError('UPLOAD_BUSY', 'another upload of the mount is open');
    }
    const head = this.#heads.get(mountId);
    const manifestSha256 = head?.commit?.manifestSha256;
    const upload: Upload = {
      uploadId: ulid(),
      mountId,
      storeId: this.storeId,
      state: 'open',
      snapshotId: String(snapshotId),
      snapName: String(snapName),
      fence: this.uploads.length + 1,
      ...(head && manifestSha256 && { parent: { uploadId: head.uploadId, manifestSha256 } }),
      requestedAt: String(requestedAt),
      openedAt: now(),
      deadline: later(),
      leaseUntil: later(),
    };
    this.uploads.push(upload);
    return upload;
  }

  /** A commit ends when it is asked for the first time. */
  #show(upload: Upload): Upload {
    if (upload.state !== 'committing') return upload;
    const { mountId, uploadId } = idsOf(upload);
    const sha256 = upload.commit?.manifestSha256 ?? '';
    const isThere = this.#vault.objects.has(formatVaultKey({ kind: 'manifest', mountId, uploadId, sha256 }));
    const refusal = isThere
      ? this.refusals.shift()
      : { code: 'COMMIT_OBJECT_MISSING', message: 'the manifest is missing' };
    if (refusal) return Object.assign(upload, { state: 'open', refusal });
    this.#heads.set(mountId, upload);
    return Object.assign(upload, { state: 'committed', committedAt: Date.now() });
  }

  #signUpload(upload: Upload, { objects }: Body) {
    if (upload.state !== 'open') {
      throw new ServiceError('UPLOAD_STATE_CONFLICT', `the upload is ${upload.state}`);
    }
    const { mountId, uploadId } = idsOf(upload);
    const asked = objects as { kind: 'log' | 'pack'; number: number; sha256: string; sizeBytes: number }[];
    for (const { kind, number } of asked)
      if (kind === 'log') upload.logs = Math.max(upload.logs ?? 0, number);
    const urls = asked.map(({ sizeBytes, ...object }) => {
      const key = formatVaultKey({ mountId, uploadId, ...object });
      return { key, ...this.#vault.signPut(key, object.sha256, sizeBytes) };
    });
    // The order is not agreed on.
    return { expiresAt: later(), urls: urls.reverse() };
  }

  #signLateLog(upload: Upload, log: LateLog) {
    const { mountId, uploadId } = idsOf(upload);
    const { committedAt } = upload;
    if (committedAt === undefined) throw new ServiceError('UPLOAD_STATE_CONFLICT', 'it is not committed');
    const others = this.lateLogs.filter((late) => late.uploadId === uploadId);
    const known = others.find(({ sha256 }) => sha256 === log.sha256);
    if (committedAt + 7 * 86_400_000 < Date.now()) throw new ServiceError('LATE_LOG_REFUSED', 'too late');
    if (!known && others.length >= 20) throw new ServiceError('LATE_LOG_REFUSED', '20 came late already');
    const number = known?.number ?? (upload.logs ?? 0) + others.length + 1;
    if (!known) this.lateLogs.push({ ...log, uploadId, number });
    const key = formatVaultKey({ kind: 'log', mountId, uploadId, number, sha256: log.sha256 });
    return {
      number,
      key,
      expiresAt: later(),
      ...this.#vault.signPut(key, log.sha256, log.storedBytes),
    };
  }

  #commit(upload: Upload, { manifestSha256 }: Body) {
    if (upload.state !== 'open') {
      throw new ServiceError('UPLOAD_STATE_CONFLICT', `the upload is ${upload.state}`);
    }
    delete upload.refusal;
    return Object.assign(upload, { state: 'committing', commit: { manifestSha256: String(manifestSha256) } });
  }

  #close(upload: Upload, closeReason: string) {
    if (upload.state !== 'open') {
      throw new ServiceError('UPLOAD_STATE_CONFLICT', `the upload is ${upload.state}`);
    }
    return Object.assign(upload, { state: 'closed', closeReason });
  }

  #progress(restore: Restore, { progress }: Body) {
    return Object.assign(restore, { state: 'staging', progress, reportedAt: now() });
  }

  #result(restore: Restore, { outcome, progress, code, reason, damage }: Body) {
    if (outcome === 'frozen') return Object.assign(restore, { state: 'thawing' });
    const ended = { state: outcome, endedAt: now() };
    return Object.assign(
      restore,
      ended,
      outcome === 'failed'
        ? { reason: `${code}: ${reason}` }
        : { progress, ...(damage !== undefined && { damage }) },
    );
  }

  /** From the next poll on the store is told to remove it. */
  endLease(restore: Restore): void {
    restore.fence++;
    restore.staged = { state: 'removing', since: now() };
  }

  #removal(restoreId: string | undefined, { outcome, because, reason, fence }: Body) {
    const restore = this.restores.find((candidate) => candidate.restoreId === restoreId);
    if (!restore) throw new ServiceError('RESTORE_NOT_FOUND', 'no such restore');
    if (outcome === 'removed') {
      restore.staged = { state: 'removed', since: now(), because: because as 'deleted' };
    } else {
      if (restore.fence !== fence) throw new ServiceError('RESTORE_STATE_CONFLICT', 'another one is ordered');
      restore.staged = { state: 'removing', since: now(), reason: String(reason) };
    }
    return restore;
  }

  #upload(uploadId: string | undefined): Upload {
    const upload = this.uploads.find((candidate) => candidate.uploadId === uploadId);
    if (!upload) throw new ServiceError('UPLOAD_NOT_FOUND', 'no such upload');
    return upload;
  }

  #owned(uploadId: string | undefined, { fence }: Body): Upload {
    const upload = this.#upload(uploadId);
    if (upload.fence !== fence) throw new ServiceError('UPLOAD_FENCED', 'another upload has taken over');
    return upload;
  }

  #restore(restoreId: string | undefined, { fence }: Body): Restore {
    const restore = this.restores.find((candidate) => candidate.restoreId === restoreId);
    if (!restore) throw new ServiceError('RESTORE_NOT_FOUND', 'no such restore');
    if (restore.fence !== fence || restore.endedAt !== undefined) {
      throw new ServiceError('RESTORE_STATE_CONFLICT', 'the restore has ended or another attempt runs');
    }
    return restore;
  }
}
