import type { RestoreId } from '../../shared/domain/ids.ts';
import { ServiceError } from '../../shared/errors.ts';
import type { ObjectSource } from '../mover/ports.ts';
import type { Log } from '../ports/log.ts';
import { type Pacing, repeatUntilDone } from '../retry.ts';
import { Coalescer } from '../service/coalescer.ts';
import type { ServiceClient } from '../service/service-client.ts';
import { getObject, type VaultAccess, type VaultAnswer } from './vault-request.ts';

export interface RestoreSourceDependencies {
  readonly service: ServiceClient;
  readonly vault: VaultAccess;
  readonly pacing: Pacing;
  readonly log: Log;
}

type Range = { readonly from: number; readonly to: number };

const signedAtOnce = 50;
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
  readonly #urls: Coalescer<string, string>;

  constructor(
    deps: RestoreSourceDependencies,
    order: { readonly restoreId: RestoreId; readonly fence: number },
    signal: AbortSignal,
  ) {
    this.#deps = deps;
    this.#order = order;
    this.#signal = signal;
    this.#urls = new Coalescer((keys) => this.#sign(keys), signedAtOnce);
  }

  get(key: string, range?: Range, into?: Buffer): Promise<Buffer> {
    let refusals = 0;
    const { pacing, log } = this.#deps;
    const { restoreId } = this.#order;
    return repeatUntilDone(
      pacing,
      this.#signal,
      async () => {
        const url = await this.#urls.get(key);
        const answer = await getObject(this.#deps.vault, url, { range, into }, this.#signal);
        if (Buffer.isBuffer(answer)) return answer;
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
        log.warn({ restoreId, key, err: error }, 'object not fetched, trying again');
      },
    );
  }

  async #sign(keys: readonly string[]): Promise<string[]> {
    const { restoreId, fence } = this.#order;
    const input = { params: { restoreId }, body: { fence, keys: [...new Set(keys)] } };
    const { urls } = await this.#deps.service.call('signRestore', input, this.#signal);
    const byKey = new Map(urls.map(({ key, url }) => [key, url]));
    return keys.map((key) => {
      const url = byKey.get(key);
      if (url === undefined) throw new Error(`the service did not sign ${key}`);
      return url;
    });
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
