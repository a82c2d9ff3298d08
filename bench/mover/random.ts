/** Numbers that are the same for the same seeds on every machine (sfc32). */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(...seeds: readonly number[]) {
    [this.#a, this.#b, this.#c] = [mix(seeds, 1), mix(seeds, 2), mix(seeds, 3)];
    for (let turn = 0; turn < 12; turn++) this.next();
  }

  /** 0 … 2^32 - 1 */
  next(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  below(limit: number): number {
    return Math.floor((this.next() / 2 ** 32) * limit);
  }

  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }
}

function mix(seeds: readonly number[], salt: number): number {
  let state = Math.imul(salt, 0x9e3779b1);
  for (const seed of seeds) {
    state = Math.imul(state ^ seed, 0x85ebca6b);
    state ^= state >>> 13;
    state = Math.imul(state + 0x6d2b79f5, 0xc2b2ae35);
    state ^= state >>> 16;
  }
  return state | 0;
}
