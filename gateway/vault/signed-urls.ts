import { Coalescer } from '../service/coalescer.ts';

type Sign = (keys: readonly string[]) => Promise<ReadonlyMap<string, string>>;

/** Asked for in one call, of what is wanted at once. */
const signedAtOnce = 50;
/** In one call with what is wanted now: a call costs more than what it signs, and each URL takes 1.4 kB. */
const signedAhead = 16;
const mostKept = 64;
/** They live for 15 minutes, from the service's clock. */
const keptMillis = 5 * 60_000;

/** URLs of objects, signed when they are wanted and, as far as it is known what comes next, a few ahead. */
export class SignedUrls {
  readonly #sign: Sign;
  readonly #now: () => number;
  readonly #wanted: Coalescer<string, string>;
  readonly #kept = new Map<string, { readonly url: string; readonly signedAt: number }>();
  #next: () => readonly string[] = () => [];

  /** `now`: milliseconds that never go back. */
  constructor(sign: Sign, now = () => performance.now()) {
    this.#sign = sign;
    this.#now = now;
    this.#wanted = new Coalescer((keys) => this.#signTogether(keys), signedAtOnce);
  }

  /** `next` names what is likely to be wanted after this, soonest first. */
  foresee(next: () => readonly string[]): void {
    this.#next = next;
  }

  /** One that was signed a while ago, and may be so no more. */
  findKept(key: string): string | undefined {
    const kept = this.#kept.get(key);
    return kept && this.#now() - kept.signedAt < keptMillis ? kept.url : undefined;
  }

  drop(key: string): void {
    this.#kept.delete(key);
  }

  get(key: string): Promise<string> {
    return this.#wanted.get(key);
  }

  async #signTogether(keys: readonly string[]): Promise<string[]> {
    const isUnsigned = (key: string) => this.findKept(key) === undefined;
    const wanted = keys.filter(isUnsigned);
    if (wanted.length > 0) {
      const signedAt = this.#now();
      const ahead = this.#next().filter(isUnsigned).slice(0, signedAhead);
      const urls = await this.#sign([...new Set([...wanted, ...ahead])]);
      for (const [key, url] of urls) this.#keep(key, { url, signedAt });
    }
    return keys.map((key) => {
      const url = this.findKept(key);
      if (url === undefined) throw new Error(`the service did not sign ${key}`);
      return url;
    });
  }

  #keep(key: string, signed: { readonly url: string; readonly signedAt: number }): void {
    this.#kept.delete(key);
    this.#kept.set(key, signed);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= signedAtOnce + mostKept) return;
      this.#kept.delete(oldest);
    }
  }
}
