import { Semaphore } from '../../semaphore.ts';

/** While one waits for the disk, the thread computes for the other. */
const placingsAtOnce = 2;

/** What a thread works in, whichever pool the task is of: threads collect garbage late, and that of many pools would linger. */
export class ThreadMemory {
  /** For the longest window that it is given. */
  readonly window: Buffer;
  /** Whoever places a frame holds its bytes. */
  readonly placings = new Semaphore(placingsAtOnce);

  constructor(bytes: number) {
    this.window = Buffer.allocUnsafeSlow(bytes);
  }
}
