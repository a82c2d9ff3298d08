import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Log } from '../ports/log.ts';
import { ownError, vendorError } from '../protocol/errors.ts';
import { RefusalLimit } from './refusal-limit.ts';

/** What is answered to those who have no business here, as often as they like. */
const limited = new Set([
  vendorError('MOUNT_MISSING').code,
  ...(['CALL_UNKNOWN', 'CLIENT_REFUSED', 'REQUEST_MALFORMED'] as const).map(
    (name) => ownError(name, '').code,
  ),
]);

/** Names of mounts have at most 63 characters; what is longer is nobody's. */
const maxTextLength = 100;
const summaryMillis = 60_000;

/** How a socket for IPv6 and IPv4 shows an IPv4 address: one client shall have one name. */
const mappedPrefix = /^::ffff:(?=[\d.]+$)/u;

/** Tells each call of the protocol in one line of the log: who called what, and what was answered. */
export class AccessLog {
  readonly #limit = new RefusalLimit();
  readonly #clients = new WeakMap<FastifyRequest, string>();
  #summary: NodeJS.Timeout | undefined;

  /** Tells every call that comes to a route of the server, or to none. */
  follow(app: FastifyInstance): void {
    // At the end of a call its client may be gone, and with it the address.
    app.addHook('onRequest', async (request) => void this.#clients.set(request, request.ip));
    app.addHook('onSend', async (request, reply, payload) => this.tell(request, reply, payload));
    app.addHook('onClose', async () => {
      clearTimeout(this.#summary);
      this.#tellLeftOut(app.log);
    });
  }

  tell(request: FastifyRequest, reply: FastifyReply, payload: unknown): void {
    const { log } = request.server;
    const client = (this.#clients.get(request) ?? request.ip ?? 'unknown').replace(mappedPrefix, '');
    const { code, message } = readAnswer(payload);
    if (limited.has(code) && !this.#limit.admits(client, performance.now())) {
      this.#summary ??= setTimeout(() => this.#tellLeftOut(log), summaryMillis).unref();
      return;
    }
    const line = {
      client,
      ...callOf(request),
      errorCode: code,
      ...(code !== 0 && { reason: cut(message) }),
      durationMillis: Math.round(reply.elapsedTime),
      tls: request.protocol === 'https',
      ...(request.socket.destroyed && { isClientGone: true }),
    };
    log.info(line, 'call answered');
  }

  #tellLeftOut(log: Log): void {
    this.#summary = undefined;
    const calls = this.#limit.takeLeftOut();
    if (calls > 0) log.warn({ calls }, 'refused calls were not told one by one');
  }
}

/** Every answer of the protocol is one object with these keys; that to HEAD has no body. */
function readAnswer(payload: unknown): { code: number; message: string } {
  if (typeof payload !== 'string' || payload === '') return { code: 0, message: '' };
  const { error_code: code, error_msg: message } = JSON.parse(payload);
  return { code: Number(code), message: String(message) };
}

function callOf({ method, params, routeOptions, url }: FastifyRequest): { call: string; mount?: string } {
  const { mount } = (params ?? {}) as { mount?: string };
  if (mount === undefined || routeOptions.url === undefined) {
    return { call: `${method} ${cut(url.split('?')[0] ?? '')}` };
  }
  const [, what = ''] = /:mount\/(\w+)/u.exec(routeOptions.url) ?? [];
  return { call: `${method} ${what}`, mount: cut(mount) };
}

const cut = (text: string): string =>
  text.length <= maxTextLength ? text : `${text.slice(0, maxTextLength)}…`;
