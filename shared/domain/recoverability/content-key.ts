import type { FileContent } from '../file-map/file-map.ts';

/** Says which content of a file is meant, wherever it lies. */
declare const contentKey: unique symbol;
export type ContentKey = string & { readonly [contentKey]: true };

/** 128 bits of the digest, which covers the size: none are alike by chance, and a point of 100,000 files has 3.2 MB of them. */
const keyDigits = 32;

export const contentKeyOf = ({ digest }: Pick<FileContent, 'digest'>): ContentKey =>
  digest.slice(0, keyDigits) as ContentKey;
