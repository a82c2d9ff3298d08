const ASCII = 128;
const BITS = 5;
const PLACES = 1 << BITS;

/** Five bits of a character: those that tell letters apart. The first of a text counts whole, so that capitals are told from the others. */
const low = (code: number): number => code & (PLACES - 1);

/**
 * Whether one of some texts could begin at a place, by three characters: most places are passed by at a glance. What is not ASCII, and may
 * look otherwise in a wrong code page, gets the benefit of the doubt.
 */
export const createGlance = (texts: Iterable<string>): ((codes: Uint16Array, at: number) => boolean) => {
  // One bit for each beginning: the few that logs have stay in the nearest cache of the processor.
  const beginnings = new Uint32Array((ASCII * PLACES ** 2) / 32);
  for (const text of texts) {
    const codes = [0, 1, 2].map((at) => text.charCodeAt(at));
    const foreign = codes.findIndex((code) => !(code < ASCII));
    if (foreign === 0) continue;
    const known = foreign < 0 ? codes : codes.slice(0, foreign);
    const [first = 0, ...others] = known;
    const width = PLACES ** (3 - known.length);
    const start = others.reduce((place, code) => place * PLACES + low(code), first) * width;
    for (let place = start; place < start + width; place += 1) {
      beginnings[place >>> 5] = (beginnings[place >>> 5] ?? 0) | (1 << (place & 31));
    }
  }
  return (codes, at) => {
    const first = codes[at] ?? 0;
    const second = codes[at + 1] ?? 0;
    const third = codes[at + 2] ?? 0;
    // Also where the text is too short for three.
    if (first >= ASCII || second >= ASCII || third >= ASCII || third === 0) return true;
    const bits = beginnings[(first << BITS) | low(second)] ?? 0;
    return ((bits >>> low(third)) & 1) === 1;
  };
};
