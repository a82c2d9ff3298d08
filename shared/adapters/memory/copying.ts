type Method = (...args: unknown[]) => Promise<unknown>;

/** The same methods with values copied in and out, as over a wire: no caller can change what is stored. */
export function copying<T extends object>(part: T): T {
  const copied = Object.entries(part as Record<string, Method>).map(([name, method]) => [
    name,
    async (...args: unknown[]) => copyOf(await method(...args.map(copyOf))),
  ]);
  return Object.fromEntries(copied);
}

/** `structuredClone`, which takes several times as long for what nearly all values are: records of records and lists. */
function copyOf(value: unknown): unknown {
  switch (typeof value) {
    case 'function':
    case 'symbol':
      break;
    case 'object': {
      if (value === null) return null;
      if (Array.isArray(value)) return value.map(copyOf);
      if (Object.getPrototypeOf(value) !== Object.prototype) break;
      return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, copyOf(each)]));
    }
    default:
      return value;
  }
  return structuredClone(value);
}
