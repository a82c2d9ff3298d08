import { generate } from 'selfsigned';

const dayMillis = 86_400_000;

export interface Certified {
  readonly cert: string;
  readonly key: string;
}

/** The certificate authority of a company, which no machine trusts by itself. */
export class PrivateAuthority {
  readonly #own: Certified;

  private constructor(own: Certified) {
    this.#own = own;
  }

  static async make(name = 'Private authority'): Promise<PrivateAuthority> {
    const { cert, private: key } = await generate([{ name: 'commonName', value: name }], {
      ...common(365),
      extensions: [
        { name: 'basicConstraints', cA: true, critical: true },
        { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
      ],
    });
    return new PrivateAuthority({ cert, key });
  }

  /** What those who trust it need. */
  get certificate(): string {
    return this.#own.cert;
  }

  /** Certifies a server with these names and addresses. */
  async certify(names: readonly string[], { validDays = 90 } = {}): Promise<Certified> {
    const { cert, private: key } = await generate([{ name: 'commonName', value: names[0] ?? '' }], {
      ...common(validDays),
      ca: this.#own,
      extensions: [
        { name: 'basicConstraints', cA: false, critical: true },
        { name: 'subjectAltName', altNames: names.map(altName) },
      ],
    });
    return { cert, key };
  }
}

const common = (validDays: number) => ({
  keyType: 'ec' as const,
  algorithm: 'sha256',
  notBeforeDate: new Date(Date.now() - 400 * dayMillis),
  notAfterDate: new Date(Date.now() + validDays * dayMillis),
});

const altName = (name: string) =>
  /^[\d.]+$|:/u.test(name) ? { type: 7 as const, ip: name } : { type: 2 as const, value: name };
