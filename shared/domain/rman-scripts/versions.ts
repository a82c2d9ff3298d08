import type { ScriptKind } from './script-order.ts';

/** The first release that knows every command of a kind; CATALOG START WITH came with 10.1. */
const first: Readonly<Record<ScriptKind, readonly [number, number]>> = {
  sets: [10, 1],
  copies: [10, 1],
  pdb: [12, 1],
  tablespace: [10, 1],
  datafile: [10, 1],
  'new-host': [10, 1],
};

/** `19.0.0.0.0` → [19, 0]; undefined where it cannot be read. */
export function readRelease(version: string | undefined): readonly [number, number] | undefined {
  const [, major, minor] = /^(\d{1,2})\.(\d{1,2})(?:\.|$)/.exec(version ?? '') ?? [];
  return major === undefined ? undefined : [Number(major), Number(minor)];
}

export const isBefore = (release: readonly [number, number], other: readonly [number, number]): boolean =>
  release[0] < other[0] || (release[0] === other[0] && release[1] < other[1]);

export const firstRelease = (kind: ScriptKind): readonly [number, number] => first[kind];

export const releaseText = ([major, minor]: readonly [number, number]): string => `${major}.${minor}`;
