import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { request } from 'undici';

/** What the table was asked for, in the units that AWS charges. */
export interface TableUse {
  readonly requests: number;
  readonly readUnits: number;
  readonly writeUnits: number;
}

export interface CountingTable {
  readonly url: string;
  /** Of one role by its access key, or of all. */
  read(accessKeyId?: string): TableUse;
  close(): Promise<void>;
}

const writes = /\.(?:PutItem|UpdateItem|DeleteItem|BatchWriteItem|TransactWriteItems)$/;
const nothing: TableUse = { requests: 0, readUnits: 0, writeUnits: 0 };

/**
 * Stands before a DynamoDB and has it say what each request consumes: `ReturnConsumedCapacity` is added on the way, which the database of
 * this machine allows because it checks no signatures.
 */
export async function startCountingTable(target: string): Promise<CountingTable> {
  const used = new Map<string, TableUse>();
  const add = (key: string, { requests, readUnits, writeUnits }: TableUse) => {
    const sum = used.get(key) ?? nothing;
    used.set(key, {
      requests: sum.requests + requests,
      readUnits: sum.readUnits + readUnits,
      writeUnits: sum.writeUnits + writeUnits,
    });
  };
  const server = createServer(async (incoming, outgoing) => {
    const { host: _, 'content-length': _length, connection: _c, ...headers } = incoming.headers;
    const sent = Buffer.concat(await Array.fromAsync(incoming as AsyncIterable<Buffer>)).toString();
    const operation = String(headers['x-amz-target'] ?? '');
    const isCounted = /Item|Query/.test(operation);
    const body = isCounted ? JSON.stringify({ ...JSON.parse(sent), ReturnConsumedCapacity: 'TOTAL' }) : sent;
    const answer = await request(`${target}${incoming.url}`, {
      method: 'POST',
      headers: headers as Record<string, string>,
      body,
    });
    const text = await answer.body.text();
    if (isCounted) {
      const units = unitsOf(text);
      const kinds = writes.test(operation)
        ? { writeUnits: units, readUnits: 0 }
        : { readUnits: units, writeUnits: 0 };
      const key = /Credential=([^/]+)/.exec(headers.authorization ?? '')?.[1] ?? '';
      for (const each of [key, 'all']) add(each, { requests: 1, ...kinds });
    }
    const type = String(answer.headers['content-type'] ?? 'application/x-amz-json-1.0');
    outgoing.writeHead(answer.statusCode, { 'content-type': type }).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    read: (accessKeyId = 'all') => used.get(accessKeyId) ?? nothing,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Of one table, or of several. A request that was refused by its condition is charged as one unit at least. */
function unitsOf(text: string): number {
  const { ConsumedCapacity: consumed } = JSON.parse(text) as {
    ConsumedCapacity?: { CapacityUnits?: number } | { CapacityUnits?: number }[];
  };
  const all = [consumed ?? { CapacityUnits: 1 }].flat();
  return all.reduce((sum, { CapacityUnits: units = 0 }) => sum + units, 0);
}

export const usedSince = (before: TableUse, after: TableUse): TableUse => ({
  requests: after.requests - before.requests,
  readUnits: after.readUnits - before.readUnits,
  writeUnits: after.writeUnits - before.writeUnits,
});
