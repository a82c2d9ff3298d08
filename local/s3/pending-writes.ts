/** A conditional write between the check of its condition and its commit. */
export interface PendingWrite {
  readonly bucket: string;
  readonly key: string;
  isOvertakenByDelete: boolean;
}

/** Conditional writes under way, so that a delete that overtakes one is noticed. */
export class PendingWrites {
  readonly #pending = new Set<PendingWrite>();

  begin(bucket: string, key: string): PendingWrite {
    const write = { bucket, key, isOvertakenByDelete: false };
    this.#pending.add(write);
    return write;
  }

  end(write: PendingWrite): void {
    this.#pending.delete(write);
  }

  noteDelete(bucket: string, key: string): void {
    for (const write of this.#pending) {
      if (write.bucket === bucket && write.key === key) write.isOvertakenByDelete = true;
    }
  }
}
