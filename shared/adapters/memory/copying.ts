type Method = (...args: unknown[]) => Promise<unknown>;

/** The same methods with values copied in and out, as over a wire: no caller can change what is stored. */
export function copying<T extends object>(part: T): T {
  const copied = Object.entries(part as Record<string, Method>).map(([name, method]) => [
    name,
    async (...args: unknown[]) => structuredClone(await method(...structuredClone(args))),
  ]);
  return Object.fromEntries(copied);
}
