/** What log lines of one upload, restore or mount have in common, from the API to the last task. */
const idNames = [
  'storeId',
  'mountId',
  'uploadId',
  'attempt',
  'recoveryPointId',
  'restoreId',
  'requestId',
  'credentialId',
] as const;

/** The ids among the fields of a value: a task's event, a route's parameters, an answer. */
export function domainIds(value: unknown): Record<string, string | number> {
  if (typeof value !== 'object' || value === null) return {};
  const fields = value as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    idNames.flatMap((name) => {
      const id = fields[name];
      return typeof id === 'string' || typeof id === 'number' ? [[name, id]] : [];
    }),
  );
}
