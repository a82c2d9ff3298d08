import { rowsOf, type ServiceClient } from '../service/client.ts';

/**
 * The id of the database that people mean: by its DBID, by the id of its agent (`sto-….NAME`), or by its name or unique name, which
 * know no case. Throws an Error that lists what there is.
 */
export async function findDatabaseId(service: ServiceClient, text: string): Promise<string> {
  if (/^(?:\d{1,15}|sto-[0-9A-Z]{26}\..+)$/.test(text)) return text;
  const found = new Map<string, string>();
  const others: string[] = [];
  for await (const { id, name, uniqueName } of rowsOf((query) => service.call('getDatabases', { query }))) {
    const isMeant = [name, uniqueName].some((each) => each?.toLowerCase() === text.toLowerCase());
    if (isMeant) found.set(id, name);
    else others.push(name);
  }
  const [id, ...more] = found.keys();
  if (id === undefined) {
    throw new Error(`there is no database "${text}"; there is ${[...new Set(others)].join(', ') || 'none'}`);
  }
  if (more.length === 0) return id;
  throw new Error(`several databases are called "${text}": name one by its id (${[id, ...more].join(', ')})`);
}
