import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What happens to one call on its way. */
export type Fault =
  /** Answered without being passed on, as S3, API Gateway or a load balancer do. */
  | { readonly kind: 'answer'; readonly status: number; readonly code?: string; readonly message?: string }
  /** The connection is cut before the far end hears of it, or after it has done its work. */
  | { readonly kind: 'reset' | 'reset-after' }
  /** Half of the answer arrives; then the connection is cut, or nothing moves any more. */
  | { readonly kind: 'half-answer' | 'stall' }
  /** A byte in the middle is another one. */
  | { readonly kind: 'flip-request' | 'flip-answer' }
  /** The answer is shorter than what is stored, and says so. */
  | { readonly kind: 'cut-answer' };

export interface ProxiedCall {
  /** Counts up from 1. */
  readonly number: number;
  readonly method: string;
  /** Of the address, without what differs between runs. */
  readonly about: string;
  readonly isVault: boolean;
}

/** Stands before a service or an S3 and lets things go wrong, call by call. */
export class FaultProxy {
  readonly calls: ProxiedCall[] = [];
  /** Asked for each call. */
  decide: (call: ProxiedCall) => Fault | undefined = () => undefined;
  readonly #target: string;
  readonly #isVault: (path: string) => boolean;
  readonly #server: Server;

  private constructor(target: string, isVault: (path: string) => boolean) {
    this.#target = target;
    this.#isVault = isVault;
    this.#server = createServer((incoming, response) => {
      this.#serve(incoming, response).catch(() => response.destroy());
    });
  }

  static async start(target: string, isVault: (path: string) => boolean): Promise<FaultProxy> {
    const proxy = new FaultProxy(target, isVault);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '' } = incoming;
    const isVault = this.#isVault(url);
    const call = { number: this.calls.length + 1, method, about: aboutOf(url), isVault };
    this.calls.push(call);
    const fault = this.decide(call);
    if (fault?.kind === 'reset') return void incoming.socket.destroy();
    const body = Buffer.concat(await Array.fromAsync(incoming as AsyncIterable<Buffer>));
    if (fault?.kind === 'answer') return answerWith(response, fault, isVault);
    const sent = fault?.kind === 'flip-request' ? flipped(body) : body;
    const answer = await this.#pass(incoming, sent);
    if (fault?.kind === 'reset-after') return void incoming.socket.destroy();
    finish(response, answer, fault);
  }

  #pass({ method, url, headers }: IncomingMessage, body: Buffer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const { host: _, ...others } = headers;
      const passed = request(
        new URL(url ?? '', this.#target),
        { method, headers: others },
        async (answer) => {
          const chunks = await Array.fromAsync(answer as AsyncIterable<Buffer>).catch(reject);
          const { statusCode: status = 500, headers: answered } = answer;
          if (chunks) resolve({ status, headers: answered, body: Buffer.concat(chunks) });
        },
      );
      passed.on('error', reject).end(body);
    });
  }
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

function finish(response: ServerResponse, { status, headers, body }: Answer, fault: Fault | undefined): void {
  const { 'transfer-encoding': _, ...others } = headers;
  const shown = fault?.kind === 'flip-answer' ? flipped(body) : body;
  const whole = fault?.kind === 'cut-answer' ? shown.subarray(0, shown.length / 2) : shown;
  response.writeHead(status, { ...others, 'content-length': whole.length });
  if (fault?.kind === 'half-answer') {
    // Cut when the half is on its way, not before.
    response.write(whole.subarray(0, whole.length / 2), () => response.destroy());
  } else if (fault?.kind === 'stall') response.write(whole.subarray(0, whole.length / 2));
  else response.end(whole);
}

function answerWith(
  response: ServerResponse,
  { status, code = '', message = 'a fault of the test' }: Extract<Fault, { kind: 'answer' }>,
  isVault: boolean,
): void {
  const xml = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  response.writeHead(status).end(isVault ? xml : JSON.stringify({ message }));
}

function flipped(bytes: Buffer): Buffer {
  const changed = Buffer.from(bytes);
  const at = changed.length >>> 1;
  if (changed.length > 0) changed.writeUInt8((changed[at] ?? 0) ^ 1, at);
  return changed;
}

const aboutOf = (url: string): string => {
  const path = decodeURIComponent(url);
  const [, folder] = /\/(packs|maps|logs|manifest)[/-]/.exec(path) ?? [];
  const [place = ''] = path.split('?');
  const parts = place.split('/').filter((part) => !/[0-9A-Z]{26}/.test(part));
  return folder ?? parts.join('/');
};
