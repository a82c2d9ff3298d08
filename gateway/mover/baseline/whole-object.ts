import { createHash } from 'node:crypto';
import type { Baselines } from './baselines.ts';

/**
 * Whether a manifest is kept as it was: read before it is believed, for what stands in it decides what is not uploaded and
 * what is removed. Not held whole, for that of a million files has 100 MB.
 */
export async function isWhole(baselines: Baselines, sha256: string): Promise<boolean> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of baselines.streamObject(sha256)) hash.update(chunk);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
  return hash.digest('hex') === sha256;
}
