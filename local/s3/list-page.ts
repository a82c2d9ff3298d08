import { encodeUriComponent } from '../sigv4/canonical-request.ts';
import { readInteger, type S3Call } from './s3-call.ts';
import { S3Error } from './s3-error.ts';
import { behindKey, endOfPrefix } from './version-index.ts';

/** How a list is read on from some position of type P. */
export interface ListSource<T extends { readonly key: string }, P> {
  fetch(position: P, limit: number): readonly T[];
  behind(entry: T): P;
  behindPrefix(commonPrefix: string): P;
}

export interface ListRequest {
  readonly prefix: string;
  readonly delimiter: string;
  readonly maxEntries: number;
}

export interface ListPage<T, P> {
  readonly entries: readonly T[];
  readonly commonPrefixes: readonly string[];
  /** Where the next page starts; undefined on the last page. */
  readonly next: P | undefined;
  /** The last thing on the page, for markers. */
  readonly last: { readonly entry: T } | { readonly commonPrefix: string } | undefined;
}

/** Collects a page. Keys that share a part up to the delimiter behind the prefix count as one entry. */
export function collectPage<T extends { readonly key: string }, P>(
  source: ListSource<T, P>,
  start: P,
  request: ListRequest,
): ListPage<T, P> {
  const entries: T[] = [];
  const commonPrefixes: string[] = [];
  let last: ListPage<T, P>['last'];
  let position = start;
  for (;;) {
    const room = request.maxEntries - entries.length - commonPrefixes.length;
    const batch = request.maxEntries === 0 ? [] : source.fetch(position, room + 1);
    for (const entry of batch) {
      const group = commonPrefixOf(entry.key, request);
      if (group !== undefined && group === commonPrefixes.at(-1)) continue;
      if (entries.length + commonPrefixes.length === request.maxEntries) {
        return { entries, commonPrefixes, next: position, last };
      }
      if (group === undefined) entries.push(entry);
      else commonPrefixes.push(group);
      last = group === undefined ? { entry } : { commonPrefix: group };
      position = group === undefined ? source.behind(entry) : source.behindPrefix(group);
    }
    if (batch.length <= room) return { entries, commonPrefixes, next: undefined, last };
  }
}

/** Reads what all list operations share. `maxName` is max-keys or max-uploads. */
export function readListRequest(call: S3Call, maxName: string, maxPageEntries: number): ListRequest {
  return {
    prefix: call.query.get('prefix') ?? '',
    delimiter: call.query.get('delimiter') ?? '',
    maxEntries: Math.min(
      readInteger(maxName, call.query.get(maxName), maxPageEntries, 2 ** 31 - 1),
      maxPageEntries,
    ),
  };
}

/** Where a list goes on behind a marker: a common prefix as marker stands for all keys that it folded. */
export function behindMarker(marker: string, request: ListRequest): Buffer {
  const isFolded = marker.startsWith(request.prefix) && commonPrefixOf(marker, request) === marker;
  return isFolded ? endOfPrefix(marker) : behindKey(marker);
}

/** How keys are written in an answer: as they are, or percent-encoded when the client asks for it. */
export function keyWriter(call: S3Call): (key: string) => string {
  const encoding = call.query.get('encoding-type');
  if (encoding === undefined) return (key) => key;
  if (encoding === 'url') return (key) => key.split('/').map(encodeUriComponent).join('/');
  throw new S3Error('InvalidArgument', 'Invalid Encoding Method specified in Request', {
    details: { ArgumentName: 'encoding-type', ArgumentValue: encoding },
  });
}

function commonPrefixOf(key: string, { prefix, delimiter }: ListRequest): string | undefined {
  if (delimiter === '') return undefined;
  const at = key.indexOf(delimiter, prefix.length);
  return at < 0 ? undefined : key.slice(0, at + delimiter.length);
}
