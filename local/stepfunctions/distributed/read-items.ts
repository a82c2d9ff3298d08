import { isJsonObject, type Json } from '../json.ts';
import { parseRows } from './csv.ts';
import type { ObjectStore, ObjectSummary } from './objects.ts';
import type { ItemFormat, ReadRequest } from './requests.ts';

/** AWS's bound for the header of a delimited file. */
const MAX_HEADER_BYTES = 10_240;

/** Reads the items of a Map run. Throws an Error that says why they cannot be read. */
export async function readItems(request: ReadRequest, objects: ObjectStore): Promise<Json[]> {
  if (request.source === 'list') {
    const found = await objects.list(request, request.maxItems);
    return found.map(describeObject);
  }
  const body = await objects.get(request);
  const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
  return parseItems(text, request.format).slice(0, request.maxItems);
}

/** An item of listObjectsV2, as Step Functions hands it to a child: with `Etag`, and the time in seconds. */
function describeObject({ etag, key, lastModified, sizeBytes, storageClass }: ObjectSummary): Json {
  return {
    Etag: etag,
    Key: key,
    LastModified: Math.floor(lastModified / 1000),
    Size: sizeBytes,
    StorageClass: storageClass,
  };
}

function parseItems(text: string, format: ItemFormat): Json[] {
  switch (format.kind) {
    case 'JSON':
      return findList(JSON.parse(text) as Json, format.pointer);
    case 'JSONL':
      return text
        .split('\n')
        .filter((line) => line.trim() !== '')
        .map((line) => JSON.parse(line) as Json);
    case 'CSV':
      return describeRows(parseRows(text, format.delimiter), format.headers);
  }
}

function findList(document: Json, pointer: string | undefined): Json[] {
  const steps = pointer === undefined ? [] : pointer.split('/').slice(1);
  let found: Json | undefined = document;
  for (const step of steps) {
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
    const at: Json | undefined = found;
    found = Array.isArray(at) ? (at[Number(name)] as Json) : isJsonObject(at) ? at[name] : undefined;
  }
  if (!Array.isArray(found)) {
    throw new Error(
      `Attempting to map over non-iterable node. Expected a JSON array${pointer === undefined ? '' : ` at '${pointer}'`}`,
    );
  }
  return [...(found as Json[])];
}

/** Every value is text; what a row lacks is empty, and what it has beyond the header is left out. */
function describeRows(rows: readonly string[][], given: readonly string[] | undefined): Json[] {
  const headers = given ?? rows[0] ?? [];
  if (new Set(headers).size < headers.length) {
    throw new Error('CSV headers cannot contain duplicates.');
  }
  if (Buffer.byteLength(headers.join()) > MAX_HEADER_BYTES) {
    throw new Error(`CSV headers cannot exceed ${MAX_HEADER_BYTES} bytes.`);
  }
  return rows
    .slice(given === undefined ? 1 : 0)
    .map((row) => Object.fromEntries(headers.map((header, index) => [header, row[index] ?? ''])));
}
