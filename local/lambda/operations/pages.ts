import { invalidParameter } from '../errors.ts';

interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextMarker?: string;
}

const MOST_ITEMS = 50;

/** The items after the marker, which names the last one of the page before; they are in the order of `keyOf`. */
export function pageOf<Item>(
  items: readonly Item[],
  query: URLSearchParams,
  keyOf: (item: Item) => string,
): Page<Item> {
  const wanted = Number(query.get('MaxItems') ?? MOST_ITEMS);
  if (!Number.isInteger(wanted) || wanted < 1 || wanted > 10_000) {
    throw invalidParameter(`MaxItems is ${query.get('MaxItems')}, allowed are 1 to 10000.`);
  }
  const after = readMarker(query.get('Marker'));
  const rest = items.filter((item) => after === undefined || keyOf(item) > after);
  const page = rest.slice(0, Math.min(wanted, MOST_ITEMS));
  const last = page.at(-1);
  if (last === undefined || page.length === rest.length) return { items: page };
  return { items: page, nextMarker: Buffer.from(`after ${keyOf(last)}`).toString('base64url') };
}

function readMarker(marker: string | null): string | undefined {
  if (marker === null || marker === '') return undefined;
  const name = /^after ([\w-]+)$/.exec(Buffer.from(marker, 'base64url').toString())?.[1];
  if (name === undefined) throw invalidParameter('The Marker is none that this service gave.');
  return name;
}
