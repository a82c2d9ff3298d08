import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RouteContract } from '../../../shared/contracts/route.ts';
import { type RouteName, routes } from '../../../shared/contracts/routes.ts';
import type { Caller } from '../../../shared/domain/access.ts';
import type { UploadId } from '../../../shared/domain/ids.ts';
import { authenticate } from '../../../shared/usecases/access/authenticate.ts';
import { watchJournals } from '../../../shared/usecases/journal/watch-journals.ts';
import { createMemoryService } from '../../support/memory-service.ts';
import { runCommit } from '../../support/uploading.ts';

const admin: Caller = { credentialId: 'key-admin', role: 'admin' };

type Answer = Readonly<Record<string, unknown>>;

const signs: readonly RouteName[] = ['signUpload', 'signRestore'];

/**
 * The service's own functions over real HTTP, with catalog and vault in memory. What API Gateway, the workflows and the
 * schedules do is done here: callers are authenticated, commits run, outboxes are brought to the vault.
 */
export class ServedService {
  readonly service = createMemoryService();
  /** Waited for before a request is served; may answer a status instead. */
  onRequest: (name: RouteName) => number | undefined | Promise<number | undefined> = () => undefined;
  /** Where signed addresses lead, when it is not this server itself. */
  publicUrl: string | undefined;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch(() => response.destroy());
    });
  }

  static async start(): Promise<ServedService> {
    const served = new ServedService();
    await new Promise<void>((resolve) => served.#server.listen(0, '127.0.0.1', resolve));
    return served;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** What an admin asks for. Throws when it is refused. */
  async ask(name: RouteName, params: Record<string, string> = {}, body?: object): Promise<Answer> {
    const answer = await this.service.send(name, { caller: admin, params, body });
    if ((answer.statusCode ?? 500) >= 400) throw new Error(`${name}: ${JSON.stringify(answer.body)}`);
    return answer.body ?? {};
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const rawBody = Buffer.concat(chunks);
    const { pathname, searchParams } = new URL(request.url ?? '', this.url);
    const signed = searchParams.get('signed');
    if (signed !== null) return this.#serveVault(request, response, signed, rawBody);

    const found = findRoute(request.method ?? '', pathname);
    if (!found) return send(response, 404, { message: 'Not Found' });
    const { name, contract, params } = found;
    const refusal = await this.onRequest(name);
    if (refusal !== undefined) return send(response, refusal, { message: 'a fault of the test' });
    const caller = await authenticate(this.service, request.headers.authorization ?? '');
    if (contract.roles !== 'public' && !caller) return send(response, 403, { message: 'Forbidden' });
    const { statusCode = 500, body } = await this.service.send(name, {
      ...(caller && { caller }),
      params,
      ...(rawBody.length > 0 && { rawBody: rawBody.toString() }),
    });
    send(response, statusCode, signs.includes(name) && statusCode === 200 ? this.#reachable(body) : body);
    if (name === 'commitUpload' && statusCode < 300) await this.#commit(params.uploadId as UploadId);
    if (name === 'pollStore') await watchJournals({ ...this.service, onError: () => {} });
  }

  /** The vault in memory signs addresses that only it knows. */
  #reachable(body: Answer | undefined): Answer {
    const urls = body?.urls as { url: string }[];
    return {
      ...body,
      urls: urls.map((each) => ({
        ...each,
        url: `${this.publicUrl ?? this.url}/?signed=${encodeURIComponent(each.url)}`,
      })),
    };
  }

  async #serveVault(
    request: IncomingMessage,
    response: ServerResponse,
    url: string,
    body: Buffer,
  ): Promise<void> {
    const headers = request.headers as Record<string, string>;
    const method = request.method === 'GET' ? 'GET' : 'PUT';
    const answer = await this.service.vault.send({ method, url, headers, body: Uint8Array.from(body) });
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '') ?? [];
    if (answer.body === undefined) return void response.writeHead(answer.status).end();
    const part = from === undefined ? answer.body : answer.body.subarray(Number(from), Number(to) + 1);
    const status = from === undefined ? 200 : part.length > 0 ? 206 : 416;
    response.writeHead(status, { 'content-length': part.length }).end(part);
  }

  async #commit(uploadId: UploadId): Promise<void> {
    const upload = await this.service.catalog.uploads.find(uploadId);
    if (upload?.state === 'committing') await runCommit(this.service, uploadId, upload.commit?.attempt);
  }
}

function findRoute(method: string, path: string) {
  for (const [name, contract] of Object.entries(routes) as [RouteName, RouteContract][]) {
    const pattern = new RegExp(`^${contract.path.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`);
    const match = contract.method === method ? pattern.exec(path) : null;
    if (match) return { name, contract, params: { ...match.groups } as Record<string, string> };
  }
  return undefined;
}

const send = (response: ServerResponse, status: number, body: object | undefined): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body ?? {}));
};
