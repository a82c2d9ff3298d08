import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/**
 * Bytes that this process cannot do without: the heap and, counted as external, the buffers. What the system gave the
 * process besides says when garbage was last collected, and what ran in it before.
 */
export function heldBytes(): number {
  collectGarbage();
  // Buffers are freed by another thread, and counted until it is done; a second collection begins after that.
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
