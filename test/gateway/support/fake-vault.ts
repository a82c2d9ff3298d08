import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the vault does instead of its work, once: answer an error, cut the connection, or never answer. */
export type VaultFault =
  | { readonly status: number; readonly code: string }
  | 'hang'
  | 'reset'
  /** Stores the object, then cuts the connection. */
  | 'reset-after-storing';

export interface VaultRequest {
  readonly method: string;
  readonly key: string;
  readonly status: number;
}

/** Keeps objects in memory and takes only signed requests, as the bucket does. */
export class FakeVault {
  readonly objects = new Map<string, Buffer>();
  /** Every request that was answered. */
  readonly requests: VaultRequest[] = [];
  /** Consulted for each request; awaited, so that a test can hold one up. */
  onRequest: (method: string, key: string) => VaultFault | undefined | Promise<VaultFault | undefined> = () =>
    undefined;
  /** URLs signed while this is set are out of date already. */
  signsExpired = false;
  /** Where signed URLs lead, when it is not this server itself. */
  publicOrigin: string | undefined;
  readonly #secret = 'fake-vault-secret';
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) => response.destroy(error as Error));
    });
  }

  static async start(): Promise<FakeVault> {
    const vault = new FakeVault();
    await new Promise<void>((resolve) => vault.#server.listen(0, '127.0.0.1', resolve));
    return vault;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** How often each key was stored by bytes that were sent. */
  storedCounts(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { method, key, status } of this.requests) {
      if (method === 'PUT' && status === 200) counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    return counts;
  }

  signPut(key: string, sha256: string, sizeBytes: number): { url: string; headers: Record<string, string> } {
    const headers = {
      'content-length': String(sizeBytes),
      'if-none-match': '*',
      'x-amz-checksum-sha256': Buffer.from(sha256, 'hex').toString('base64'),
    };
    return { url: this.#sign('PUT', key, headers), headers };
  }

  signGet(key: string): string {
    return this.#sign('GET', key, {});
  }

  #sign(method: string, key: string, headers: Record<string, string>): string {
    const expires = Date.now() + (this.signsExpired ? -1000 : 900_000);
    const signature = this.#signature(method, key, String(expires), headers);
    const origin = this.publicOrigin ?? `http://127.0.0.1:${this.port}`;
    return `${origin}/${key}?X-Amz-Expires=${expires}&X-Amz-Signature=${signature}`;
  }

  #signature(method: string, key: string, expires: string, headers: Record<string, string>): string {
    const text = JSON.stringify([method, key, expires, Object.entries(headers).sort()]);
    return createHmac('sha256', this.#secret).update(text).digest('hex');
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '' } = request;
    const url = new URL(request.url ?? '', 'http://vault');
    const key = url.pathname.slice(1);
    const fault = await this.onRequest(method, key);
    if (fault === 'hang') return;
    if (fault === 'reset') return void request.socket.destroy();
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const [status, content] =
      typeof fault === 'object'
        ? errorAnswer(fault.status, fault.code)
        : this.#answer(request, url, key, body);
    if (fault === 'reset-after-storing') return void request.socket.destroy();
    this.requests.push({ method, key, status });
    response.writeHead(status, { 'content-length': content.length }).end(content);
  }

  #answer(request: IncomingMessage, url: URL, key: string, body: Buffer): [number, Buffer] {
    const { method = '', headers } = request;
    const names = method === 'PUT' ? ['content-length', 'if-none-match', 'x-amz-checksum-sha256'] : [];
    const signed = Object.fromEntries(names.map((name) => [name, String(headers[name])]));
    const expires = url.searchParams.get('X-Amz-Expires') ?? '';
    const isSigned =
      url.searchParams.get('X-Amz-Signature') === this.#signature(method, key, expires, signed);
    if (Number(expires) <= Date.now()) return errorAnswer(403, 'AccessDenied', 'Request has expired');
    if (!isSigned) return errorAnswer(403, 'AccessDenied');
    if (method === 'GET') return this.#read(key, headers.range);
    const checksum = createHash('sha256').update(body).digest('base64');
    if (checksum !== headers['x-amz-checksum-sha256']) return errorAnswer(400, 'BadDigest');
    if (this.objects.has(key)) return errorAnswer(412, 'PreconditionFailed');
    this.objects.set(key, body);
    return [200, Buffer.alloc(0)];
  }

  #read(key: string, range: string | undefined): [number, Buffer] {
    const object = this.objects.get(key);
    if (!object) return errorAnswer(404, 'NoSuchKey');
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [];
    if (Number(from) >= object.length) return errorAnswer(416, 'InvalidRange');
    return from === undefined ? [200, object] : [206, object.subarray(Number(from), Number(to) + 1)];
  }
}

const errorAnswer = (status: number, code: string, message = 'refused'): [number, Buffer] => [
  status,
  Buffer.from(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`),
];
