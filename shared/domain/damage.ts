import type { Instant } from './instant.ts';
import { parseVaultKey } from './vault/keys.ts';
import type { ObjectRef } from './vault/pack-ref.ts';

/**
 * How an object is not what was stored. `missing`: it is not there, is hidden, or has another length. `changed`: its bytes have
 * another hash. `reported`: a store could not use it; the next audit reads it.
 */
export const damageKinds = ['missing', 'changed', 'reported'] as const;
export type DamageKind = (typeof damageKinds)[number];

export interface DamagedObject {
  /** In the vault. */
  readonly key: string;
  readonly found: DamageKind;
}

/** What of a live point's data is known to be gone or wrong. */
export interface PointDamage {
  /** When the first of it was found. */
  readonly since: Instant;
  /** How many of the objects that the point names. */
  readonly objects: number;
  /** Some of them, in order of their keys. */
  readonly named: readonly DamagedObject[];
}

/** It is a part of the point's item, and of an entry of the journal. */
const mostNamed = 50;

/** What of a point's objects is damaged, in few words; undefined when nothing is. */
export function summarizeDamage(
  objects: readonly DamagedObject[],
  { since, known }: { readonly since: Instant; readonly known: PointDamage | undefined },
): PointDamage | undefined {
  if (objects.length === 0) return undefined;
  const sorted = objects.toSorted((a, b) => (a.key < b.key ? -1 : 1));
  return { since: known?.since ?? since, objects: objects.length, named: sorted.slice(0, mostNamed) };
}

/** For people. */
export const describeDamage = ({ objects, since }: PointDamage): string =>
  `${objects} object${objects === 1 ? '' : 's'} of the vault that the recovery point needs ${objects === 1 ? 'is' : 'are'} damaged, as was found at ${since}`;

/**
 * What a snapshot that builds on the point must not name: damaged packs, or anything at all where its tables are damaged, or more than
 * what is known by name.
 */
export function notToBeNamed({ objects, named }: PointDamage): readonly ObjectRef[] | 'anything' {
  if (named.length < objects) return 'anything';
  const packs: ObjectRef[] = [];
  for (const { key } of named) {
    const parsed = parseVaultKey(key);
    // Logs are nobody's but the point's own.
    if (parsed?.kind === 'log') continue;
    if (parsed?.kind !== 'pack') return 'anything';
    packs.push({ owner: parsed.uploadId, number: parsed.number });
  }
  return packs;
}
