import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

/** A call that the script made. */
export interface StoreCall {
  /** Method and last part of the path, e.g. `POST uploadlog`. */
  readonly name: string;
  readonly path: string;
  readonly contentType: string;
  /** Fields of a form, file contents included. */
  readonly fields: Readonly<Record<string, string>>;
  /** File name that came with the field `file`. */
  readonly fileName: string | undefined;
}

/** What the store answers to a call: a body as it stands, or nothing at all. */
export type Answer = string | 'hang up';

export const succeed = (result: object): string => JSON.stringify({ error_code: 0, error_msg: '', result });

/** Written as text, because the script has to print such numbers digit by digit. */
export const failWith = (code: string, message: string): string =>
  `{"error_code":${code},"error_msg":"${message}","result":{}}`;

/** The calls of a backup, in order. */
export const allCalls = ['GET backup', 'POST backup', 'POST uploadlog', 'PUT backup'] as const;

/** The answers of a store on which everything goes well. */
export const goodAnswers: Readonly<Record<string, Answer>> = {
  'GET backup': succeed({ mount_name: 'testmount', is_reached_max_snapshots: false }),
  'POST backup': succeed({
    mount_path: '/Phoenix/testmount/oracle_data',
    mount_name: 'testmount',
    mount_params: { timeo: 1200, retrans: 5 },
  }),
  'POST uploadlog': succeed({ mount_name: 'testmount' }),
  'PUT backup': succeed({ snap_name: 'UID_1', mount_name: 'testmount' }),
};

const readForm = async (contentType: string, body: Buffer) => {
  if (!contentType.startsWith('multipart/form-data')) return { fields: {}, fileName: undefined };
  const form = await new Response(new Uint8Array(body), {
    headers: { 'content-type': contentType },
  }).formData();
  const fields: Record<string, string> = {};
  let fileName: string | undefined;
  for (const [key, value] of form) {
    fields[key] = typeof value === 'string' ? value : await value.text();
    if (typeof value !== 'string') fileName = value.name;
  }
  return { fields, fileName };
};

/** A store on a socket of its own that gives scripted answers and remembers what it was asked. */
export const startScriptedStore = async (answers: Readonly<Record<string, Answer>> = {}) => {
  const calls: StoreCall[] = [];
  const server = createServer(async (request, response) => {
    const path = request.url ?? '';
    const name = `${request.method} ${path.split('/').at(-1)}`;
    const contentType = request.headers['content-type'] ?? '';
    calls.push({ name, path, contentType, ...(await readForm(contentType, await buffer(request))) });
    const answer = answers[name] ?? goodAnswers[name] ?? 'unscripted call';
    if (answer === 'hang up') request.socket.destroy();
    else response.setHeader('content-type', 'application/json').end(answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { calls, address: `127.0.0.1:${port}` };
};
