import type { UploadId } from '../ids.ts';
import { idPatterns } from '../ids.ts';
import { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import { damaged } from './errors.ts';
import { maxObjectNumber } from './keys.ts';

/** A pack or map bundle, by the upload that wrote it and its number there: good in every later snapshot. */
export interface ObjectRef {
  readonly owner: UploadId;
  readonly number: number;
}

/** A key for maps and sets. */
export const refKey = ({ owner, number }: ObjectRef): string => `${owner}/${number}`;

/** Order of tables: by owner, then number. */
export const compareRefs = (a: ObjectRef, b: ObjectRef): number =>
  a.owner === b.owner ? a.number - b.number : a.owner < b.owner ? -1 : 1;

export const ulidBytes = 26;

/** The owners of some refs, ascending, each once. */
export const ownersOf = (refs: readonly ObjectRef[]): UploadId[] =>
  [...new Set(refs.map((ref) => ref.owner))].sort();

/** Owners stand as text: 26 bytes each, which zstd halves, and which a person can read in a dump. */
export const writeOwners = (writer: ByteWriter, owners: readonly UploadId[]): void => {
  for (const owner of owners) writer.ascii(owner);
};

export function readOwners(reader: ByteReader, count: number, object: string): UploadId[] {
  // One check before the loop: a claimed count must not cost more than the bytes that are there.
  const table = new ByteReader(reader.take(count * ulidBytes), object);
  const owners = Array.from({ length: count }, () => table.ascii(ulidBytes));
  owners.forEach((owner, index) => {
    if (!idPatterns.upload.test(owner)) throw damaged(object, `names ${JSON.stringify(owner)} as an upload`);
    if (index > 0 && owner <= (owners[index - 1] ?? '')) throw damaged(object, 'has owners out of order');
  });
  return owners as UploadId[];
}

/** Builds refs from (owner index, number) pairs that must be ascending. */
export function readRefs(
  pairs: readonly (readonly [ownerIndex: number, number: number])[],
  owners: readonly UploadId[],
  object: string,
): ObjectRef[] {
  const refs = pairs.map(([ownerIndex, number]): ObjectRef => {
    const owner = owners[ownerIndex];
    if (owner === undefined) throw damaged(object, `names owner ${ownerIndex} of ${owners.length}`);
    if (number < 1 || number > maxObjectNumber) throw damaged(object, `names pack number ${number}`);
    return { owner, number };
  });
  refs.forEach((ref, index) => {
    const before = refs[index - 1];
    if (before && compareRefs(before, ref) >= 0) throw damaged(object, 'has packs out of order');
  });
  return refs;
}
