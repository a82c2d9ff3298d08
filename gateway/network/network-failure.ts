import { systemCode } from '../file-errors.ts';

/** A request did not come to an answer; the message says why and what to set right. */
export class NetworkFailure extends Error {
  /** As the system, TLS or the HTTP client names it. */
  readonly code: string;
  readonly reason: string;
  readonly advice: string;

  constructor(code: string, origin: string, [why, advice]: Explanation, cause: unknown) {
    const reason = `no way to ${origin}: ${why}`;
    super(`${reason}: ${advice} (${code})`, { cause });
    this.name = code;
    this.code = code;
    this.reason = `${reason} (${code})`;
    this.advice = advice;
  }
}

type Explanation = readonly [why: string, advice: string];

const untrusted: Explanation = [
  'its certificate comes from an authority that is not trusted here',
  'if it is your own, or that of a proxy that reads TLS, set network.caFile to its certificate',
];
const noTls: Explanation = ['what answers there does not speak TLS', 'check http or https and the port'];

const causes: Readonly<Record<string, Explanation>> = {
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  UNABLE_TO_GET_ISSUER_CERT: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  CERT_SIGNATURE_FAILURE: untrusted,
  CERT_HAS_EXPIRED: ['its certificate has expired', 'renew it, or set the clock of this machine right'],
  CERT_NOT_YET_VALID: ['its certificate is not valid yet', 'set the clock of this machine right'],
  ERR_TLS_CERT_ALTNAME_INVALID: [
    'its certificate is for another name',
    'check the name, and what answers there',
  ],
  ERR_SSL_WRONG_VERSION_NUMBER: noTls,
  EPROTO: noTls,
};

const orProxy = ', or set network.proxy where only a proxy leads out';
const unresolved = new Set(['ENOTFOUND', 'EAI_AGAIN']);
const unconnected = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_PRX_CONN',
]);

/**
 * Puts what is known about a failure into words; any other failure is answered as it is. `proxy` is the URL of the
 * proxy that is set, if one is.
 */
export function explainFailure(error: Error, origin: string, proxy: string | undefined): Error {
  const [, status] = /^Proxy response \((\d+)\)/u.exec(error.message) ?? [];
  const explanation = status === undefined ? causeOf(error, proxy) : refusalOf(Number(status), proxy);
  if (explanation === undefined) return error;
  const code = status === undefined ? (systemCode(error) ?? error.name) : `PROXY_${status}`;
  return new NetworkFailure(code, origin, explanation, error);
}

function causeOf(error: Error, proxy: string | undefined): Explanation | undefined {
  const code = systemCode(error) ?? '';
  if (unresolved.has(code)) {
    const name = 'hostname' in error ? `the name ${error.hostname}` : 'the name';
    return [`${name} cannot be resolved`, `check DNS${proxy ? '' : orProxy}`];
  }
  if (unconnected.has(code)) {
    const where = proxy ? `the proxy ${proxy} and the firewall` : `the firewall${orProxy}`;
    return [`nobody answers (${error.message || code})`, `check ${where}`];
  }
  return causes[code];
}

function refusalOf(status: number, proxy: string | undefined): Explanation {
  if (status === 407) {
    const why = `the proxy ${proxy} asks for a user and a password, or refuses those given`;
    return [why, 'set them in network.proxy'];
  }
  if (status === 403) {
    return [`the proxy ${proxy} does not allow it`, 'allow the host there, or name it in network.noProxy'];
  }
  return [`the proxy ${proxy} answers ${status}`, 'see its log'];
}
