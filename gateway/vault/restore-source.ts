import type { RestoreId } from '../../shared/domain/ids.ts';
import { ServiceError } from '../../shared/errors.ts';
import type { ObjectSource } from '../mover/ports.ts';
import type { Log } from '../ports/log.ts';
import { type Pacing, repeatUntilDone } from '../retry.ts';
import type { ServiceClient } from '../service/service-client.ts';
import { SignedUrls } from './signed-urls.ts';
import { getObject, type VaultAccess, type VaultAnswer } from './vault-request.ts';

export interface RestoreSourceDependencies {
  readonly service: ServiceClient;
  readonly vault: VaultAccess;
  readonly pacing: Pacing;
  readonly log: Log;
}

type Range = { readonly from: number; readonly to: number };

/** A refusal may be of the moment: fresh URLs are tried so often before it is believed. */
const maxRefusals = 5;

/**
 * Fetches objects of a restore. Tries again until the signal is aborted, but not what is missing from the vault or frozen, and not
 * for ever what the vault refuses.
 */
export class RestoreSource implements ObjectSource {
  readonly #deps: RestoreSourceDependencies;
  readonly #order: { readonly restoreId: RestoreId; readonly fence: number };
  readonly #signal: AbortSignal;
  readonly #urls = new SignedUrls((keys) => this.#sign(keys));

  constructor(
    deps: RestoreSourceDependencies,
    order: { readonly restoreId: RestoreId; readonly fence: number },
    signal: AbortSignal,
  ) {
    this.#deps = deps;
    this.#order = order;
    this.#signal = signal;
  }

  foresee(next: () => readonly string[]): void {
    this.#urls.foresee(next);
  }

  get(key: string, range?: Range, into?: Buffer): Promise<Buffer> {
    let refusals = 0;
    const { pacing, log } = this.#deps;
    const { restoreId } = this.#order;
    return repeatUntilDone(
      pacing,
      this.#signal,
      async () => {
        const fetchFrom = (url: string) => getObject(this.#deps.vault, url, { range, into }, this.#signal);
        const kept = this.#urls.findKept(key);
        const early = kept === undefined ? undefined : await fetchFrom(kept);
        if (Buffer.isBuffer(early)) return early;
        // What is wrong may be the URL's age, or that the order has ended since: the service knows.
        this.#urls.drop(key);
        const answer = await fetchFrom(await this.#urls.get(key));
        if (Buffer.isBuffer(answer)) return answer;
        this.#urls.drop(key);
        if (answer.status === 404) throw missing(key);
        if (answer.code === 'InvalidObjectState') throw frozen(key);
        // The object ends before the range begins: whoever asked for it knows what that means.
        if (answer.status === 416) return Buffer.alloc(0);
        if (answer.status === 403 && !answer.isOutdated) refusals++;
        if (refusals === maxRefusals) throw refused(key, answer);
        throw new Error(`the vault answers ${answer.status} ${answer.code ?? ''}`.trimEnd());
      },
      (error) => {
        if (error instanceof ServiceError && error.retry === 'permanent') throw error;
        this.#urls.drop(key);
        log.warn({ restoreId, key, err: error }, 'object not fetched, trying again');
      },
    );
  }

  async #sign(keys: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const { restoreId, fence } = this.#order;
    const input = { params: { restoreId }, body: { fence, keys: [...keys] } };
    const { urls } = await this.#deps.service.call('signRestore', input, this.#signal);
    return new Map(urls.map(({ key, url }) => [key, url]));
  }
}

const missing = (key: string): ServiceError =>
  new ServiceError('VAULT_OBJECT_MISSING', `${key} is not in the vault`, { details: { object: key } });

const frozen = (key: string): ServiceError =>
  new ServiceError('VAULT_OBJECT_FROZEN', `${key} lies in an archive and cannot be read`, {
    details: { object: key },
  });

const refused = (key: string, { status, code = 'no reason' }: VaultAnswer): ServiceError =>
  new ServiceError('VAULT_ACCESS_DENIED', `the vault answers ${status} (${code}) for ${key}`, {
    details: { object: key },
  });
