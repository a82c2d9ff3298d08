import type * as z from 'zod';
import type { signUploadResponse } from '../../shared/contracts/uploads.ts';
import type { MountId, UploadId } from '../../shared/domain/ids.ts';
import { formatVaultKey } from '../../shared/domain/vault/keys.ts';
import { ServiceError } from '../../shared/errors.ts';
import type { ObjectRecords } from '../journal/object-records.ts';
import type { Activity } from '../metrics/activity.ts';
import type { BodyInFile, ObjectTarget, StoredObject } from '../mover/ports.ts';
import type { Log } from '../ports/log.ts';
import { type Pacing, repeatUntilDone } from '../retry.ts';
import { Coalescer } from '../service/coalescer.ts';
import type { ServiceClient } from '../service/service-client.ts';
import { putObject, type VaultAccess } from './vault-request.ts';

type SignedPut = z.output<typeof signUploadResponse>['urls'][number];

export interface UploadTargetDependencies {
  readonly service: ServiceClient;
  readonly vault: VaultAccess;
  readonly objects: ObjectRecords;
  readonly activity: Pick<Activity, 'addUploadedBytes'>;
  readonly pacing: Pacing;
  readonly log: Log;
  /** Told of each object that was stored, not of what was there before. */
  readonly onSent?: (bytes: number) => void;
}

/** The upload that objects belong to. */
export interface TargetUpload {
  readonly mountId: MountId;
  readonly uploadId: UploadId;
  readonly fence: number;
}

/** A URL is about 1.4 kB and lives for minutes: small batches are used up long before that. */
const signedAtOnce = 50;
/** A URL lives for 15 minutes, some of which its object takes to be sent. */
const foreseenMillis = 5 * 60_000;

/**
 * Brings objects of an upload to the vault. Whatever fails on the way is tried again until the signal is aborted; only
 * what the service says of the upload itself (closed, fenced, past its deadline) ends it.
 */
export class UploadTarget implements ObjectTarget {
  readonly #deps: UploadTargetDependencies;
  readonly #upload: TargetUpload;
  readonly #signal: AbortSignal;
  readonly #urls: Coalescer<StoredObject, SignedPut>;
  #foreseen:
    | { readonly object: StoredObject; readonly url: Promise<SignedPut>; readonly at: number }
    | undefined;

  constructor(deps: UploadTargetDependencies, upload: TargetUpload, signal: AbortSignal) {
    this.#deps = deps;
    this.#upload = upload;
    this.#signal = signal;
    this.#urls = new Coalescer((objects) => this.#sign(objects), signedAtOnce);
  }

  /** Signs it while others are sent. What fails in that is seen when it is tried again. */
  foresee(object: StoredObject): void {
    if (this.#deps.objects.isStored(this.#upload.uploadId, object)) return;
    const url = this.#urls.get(object);
    url.catch(() => {});
    this.#foreseen = { object, url, at: performance.now() };
  }

  async put(object: StoredObject, body: Buffer | BodyInFile): Promise<void> {
    const { objects, pacing, log } = this.#deps;
    const { uploadId } = this.#upload;
    const { kind, number } = object;
    if (objects.isStored(uploadId, object)) return;
    await repeatUntilDone(
      pacing,
      this.#signal,
      () => this.#putOnce(object, body),
      (error) => {
        if (error instanceof ServiceError && error.retry === 'permanent') throw error;
        log.warn({ uploadId, kind, number, err: error }, 'object not stored, trying again');
      },
    );
    objects.add(uploadId, object);
    this.#deps.onSent?.(object.sizeBytes);
  }

  /** Signs anew each time: whatever was wrong with a URL, also with one that was foreseen, the next one is fresh. */
  async #putOnce(object: StoredObject, body: Buffer | BodyInFile): Promise<void> {
    const signed = await (this.#takeForeseen(object) ?? this.#urls.get(object));
    const { status, code } = await putObject(this.#deps.vault, signed, body, this.#signal);
    if (status === 200) this.#deps.activity.addUploadedBytes(this.#upload.mountId, object.sizeBytes);
    // 412: the key carries the hash, so what is there already are these very bytes.
    if (status === 200 || status === 412) return;
    throw new Error(`the vault answers ${status} ${code ?? ''}`.trimEnd());
  }

  #takeForeseen({ kind, number, sha256 }: StoredObject): Promise<SignedPut> | undefined {
    const { object, url, at } = this.#foreseen ?? {};
    if (at === undefined || object?.kind !== kind || object.number !== number || object.sha256 !== sha256)
      return undefined;
    this.#foreseen = undefined;
    return performance.now() - at < foreseenMillis ? url : undefined;
  }

  async #sign(objects: readonly StoredObject[]): Promise<SignedPut[]> {
    const { mountId, uploadId, fence } = this.#upload;
    const input = { params: { uploadId }, body: { fence, objects: [...objects] } };
    const { urls } = await this.#deps.service.call('signUpload', input, this.#signal);
    return objects.map(({ kind, number, sha256 }) => {
      const key = formatVaultKey(
        kind === 'manifest'
          ? { kind, mountId, uploadId, sha256 }
          : { kind, mountId, uploadId, number, sha256 },
      );
      const signed = urls.find((candidate) => candidate.key === key);
      if (!signed) throw new Error(`the service did not sign ${key}`);
      return signed;
    });
  }
}
