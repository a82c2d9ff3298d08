import { request } from 'node:http';
import type {
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3ClientConfig,
} from '@aws-sdk/client-s3';
import type { Endpoint } from './endpoint.ts';

export interface RawRequest {
  method: string;
  /** Sent as it is: no parser touches it. */
  target: string;
  headers: Record<string, string>;
  body?: Buffer | string;
}

export interface RawResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
  /** Code of S3's error document; empty for other bodies. */
  readonly code: string;
}

export function sendRaw(
  endpoint: string,
  { method, target, headers, body }: RawRequest,
): Promise<RawResponse> {
  const { hostname, port } = new URL(endpoint);
  return new Promise((resolve, reject) => {
    const outgoing = request({ hostname, port, method, path: target, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const received = Buffer.concat(chunks);
        const code = /<Code>([^<]*)<\/Code>/.exec(received.toString())?.[1] ?? '';
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: received, code });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** The SDK would complain that its request was not answered. */
const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

/** The request that the SDK would send, signed by the SDK, so that a test can send it with a change. */
export async function signedBySdk(
  endpoint: Pick<Endpoint, 'clientWith'>,
  command: PutObjectCommand | GetObjectCommand | DeleteObjectCommand,
  config: S3ClientConfig = {},
): Promise<RawRequest> {
  let captured: RawRequest | undefined;
  const client = endpoint.clientWith({
    logger: SILENT,
    ...config,
    requestHandler: {
      async handle(sent: SentRequest) {
        const query = Object.entries(sent.query ?? {}).map(
          ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value ?? ''))}`,
        );
        captured = {
          method: sent.method,
          target: sent.path + (query.length > 0 ? `?${query.join('&')}` : ''),
          headers: { ...sent.headers },
          ...(sent.body !== undefined && { body: await collect(sent.body) }),
        };
        throw new Error('captured');
      },
    },
  });
  // One overload stands for all: nothing is sent anyway.
  await client.send(command as PutObjectCommand).catch(() => {});
  if (captured === undefined) throw new Error('The SDK sent no request');
  return captured;
}

interface SentRequest {
  readonly method: string;
  readonly path: string;
  readonly query?: Record<string, string | null>;
  readonly headers: Record<string, string>;
  readonly body?: unknown;
}

async function collect(body: unknown): Promise<Buffer> {
  if (typeof body === 'string' || body instanceof Uint8Array) return Buffer.from(body);
  const chunks: Buffer[] = [];
  for await (const chunk of body as AsyncIterable<Buffer>) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** Path and query of a URL, as they stand in it. */
export function targetOf(url: string): string {
  return url.slice(url.indexOf('/', 'http://'.length));
}
