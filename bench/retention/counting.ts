/** What was asked of the catalog and the vault, and what it costs by the price list. */
export interface Count {
  requests: number;
  bytes: number;
  dollars: number;
  /** Mounts whose lines were read. */
  readonly lines: Set<string>;
}

export const newCount = (): Count => ({ requests: 0, bytes: 0, dollars: 0, lines: new Set() });

/** On-demand prices in us-east-1, each for one request, or for a unit of 4 KiB read and 1 KiB written. */
const price = {
  get: 0.4e-6,
  putOrList: 5e-6,
  delete: 0,
  /** Strongly consistent. */
  readUnit: 0.125e-6,
  /** A transaction takes two of each. */
  writeUnit: 2 * 0.625e-6,
} as const;

const writes =
  /^(open|extend|\w*[cC]ommit|close|note\w*|end\w*|mark\w*|begin\w*|undelete|change\w*|place|take\w*|add\w*|consent)$/;

/** A port whose calls are counted into what `into` gives at that moment. */
export function counting<Port extends object>(port: Port, into: () => Count, isVault = false): Port {
  return new Proxy(port, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member === 'object' && member !== null) return counting(member, into, isVault);
      if (typeof member !== 'function') return member;
      return async (...args: unknown[]) => {
        const answer: unknown = await Reflect.apply(member, target, args);
        const count = into();
        count.requests++;
        if (isVault) return countVault(count, String(name), args, answer);
        const bytes = sizeOf(answer) + (writes.test(String(name)) ? sizeOf(args) : 0);
        count.bytes += bytes;
        const isWrite = writes.test(String(name));
        count.dollars += isWrite
          ? price.writeUnit * Math.ceil(Math.max(1, bytes / 1024))
          : price.readUnit * Math.ceil(Math.max(1, bytes / 4096));
        if (name === 'line') count.lines.add((args[0] as { readonly mountId: string }).mountId);
        return answer;
      };
    },
  });
}

async function countVault(
  count: Count,
  name: string,
  args: readonly unknown[],
  answer: unknown,
): Promise<unknown> {
  const prices: Readonly<Record<string, number>> = {
    read: price.get,
    head: price.get,
    deleteVersions: price.delete,
  };
  count.dollars += prices[name] ?? price.putOrList;
  if (name === 'putOnce') count.bytes += (args[1] as Uint8Array).length;
  if (name !== 'read' || answer === undefined) return answer;
  const chunks = await Array.fromAsync(answer as AsyncIterable<Uint8Array>);
  for (const { length } of chunks) count.bytes += length;
  return toStream(chunks);
}

async function* toStream(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

const sizeOf = (value: unknown): number => (value === undefined ? 0 : (JSON.stringify(value)?.length ?? 0));
