const windowMillis = 60_000;
/** 60 lines of some 300 bytes a minute: 26 MB a day at most, whoever scans the network. */
const maxLines = { ofClient: 10, inAll: 60 };

/** Which refused calls are told one by one; the others are counted. */
export class RefusalLimit {
  #windowEnd = 0;
  #inAll = 0;
  /** Has no more entries than lines are told in a window: a scan from many addresses must not fill the memory. */
  readonly #byClient = new Map<string, number>();
  #leftOut = 0;

  /** Whether the call is to be told. Milliseconds of a clock that never goes back. */
  admits(client: string, nowMillis: number): boolean {
    if (nowMillis >= this.#windowEnd) {
      this.#windowEnd = nowMillis + windowMillis;
      this.#inAll = 0;
      this.#byClient.clear();
    }
    const ofClient = this.#byClient.get(client) ?? 0;
    const isAdmitted = ofClient < maxLines.ofClient && this.#inAll < maxLines.inAll;
    if (isAdmitted) {
      this.#byClient.set(client, ofClient + 1);
      this.#inAll++;
    } else this.#leftOut++;
    return isAdmitted;
  }

  /** How many were not told since this was last asked. */
  takeLeftOut(): number {
    const leftOut = this.#leftOut;
    this.#leftOut = 0;
    return leftOut;
  }
}
