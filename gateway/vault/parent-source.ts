import type { UploadId } from '../../shared/domain/ids.ts';
import { ServiceError } from '../../shared/errors.ts';
import type { ParentObject, ParentSource } from '../mover/ports.ts';
import type { Log } from '../ports/log.ts';
import { type Pacing, repeatUntilDone } from '../retry.ts';
import { Coalescer } from '../service/coalescer.ts';
import type { ServiceClient } from '../service/service-client.ts';
import { getObject, type VaultAccess } from './vault-request.ts';

export interface ParentSourceDependencies {
  readonly service: ServiceClient;
  readonly vault: VaultAccess;
  readonly pacing: Pacing;
  readonly log: Log;
}

interface Signed {
  readonly url: string;
  readonly range?: { readonly from: number; readonly to: number } | undefined;
}

const signedAtOnce = 50;
/** S3 says 403 for an object that is missing, too: fresh URLs are tried so often before it is believed. */
const maxRefusals = 3;

/**
 * Fetches of the pinned parent what the store has lost. Whatever may be better later is tried again until the signal is
 * aborted; what the service or the vault will not give is done without.
 */
export class VaultParentSource implements ParentSource {
  readonly #deps: ParentSourceDependencies;
  readonly #upload: { readonly uploadId: UploadId; readonly fence: number };
  readonly #signal: AbortSignal;
  readonly #urls: Coalescer<ParentObject, Signed>;

  constructor(
    deps: ParentSourceDependencies,
    upload: { readonly uploadId: UploadId; readonly fence: number },
    signal: AbortSignal,
  ) {
    this.#deps = deps;
    this.#upload = upload;
    this.#signal = signal;
    this.#urls = new Coalescer(async (objects) => (await this.#sign(objects)).objects, signedAtOnce);
  }

  manifest(): Promise<Buffer | undefined> {
    return this.#fetch('manifest', async () => (await this.#sign([])).manifest);
  }

  object({ kind, owner, number }: ParentObject): Promise<Buffer | undefined> {
    return this.#fetch(`${kind} ${owner}/${number}`, () => this.#urls.get({ kind, owner, number }));
  }

  async #fetch(name: string, sign: () => Promise<Signed>): Promise<Buffer | undefined> {
    let refusals = 0;
    const { pacing, log, vault } = this.#deps;
    const about = { uploadId: this.#upload.uploadId, object: name };
    const fetchOnce = async () => {
      const { url, range } = await sign();
      const answer = await getObject(vault, url, { range }, this.#signal);
      if (Buffer.isBuffer(answer)) return answer;
      if (answer.status === 403 && !answer.isOutdated) refusals++;
      if (answer.status === 404 || refusals === maxRefusals) {
        const text = `the vault answers ${answer.status} for ${name} of the parent`;
        throw new ServiceError('VAULT_OBJECT_MISSING', text, { details: { object: name } });
      }
      throw new Error(`the vault answers ${answer.status} ${answer.code ?? ''}`.trimEnd());
    };
    try {
      return await repeatUntilDone(pacing, this.#signal, fetchOnce, (error) => {
        if (error instanceof ServiceError && error.retry === 'permanent') throw error;
        log.warn({ ...about, err: error }, 'lost tables of the parent not fetched, trying again');
      });
    } catch (error) {
      this.#signal.throwIfAborted();
      log.warn({ ...about, err: error }, 'lost tables of the parent are not to be had: more is uploaded');
      return undefined;
    }
  }

  #sign(objects: readonly ParentObject[]) {
    const { uploadId, fence } = this.#upload;
    const body = { fence, objects: objects.map(({ kind, owner, number }) => ({ kind, owner, number })) };
    return this.#deps.service.call('signParent', { params: { uploadId }, body }, this.#signal);
  }
}
