const ASCII = 128;
const BITS = 5;
const PLACES = 1 << BITS;

/** Five bits of a character: those that tell letters apart. */
const low = (code: number): number => code & (PLACES - 1);

/**
 * Whether one of some texts could begin at a place, by three characters: most places are passed by at a glance. What is not ASCII, and may
 * look otherwise in a wrong code page, gets the benefit of the doubt.
 */
export const createGlance = (texts: Iterable<string>): ((text: string, at: number) => boolean) => {
  const beginnings = new Uint8Array(PLACES ** 3);
  for (const text of texts) {
    const codes = [0, 1, 2].map((at) => text.charCodeAt(at));
    const foreign = codes.findIndex((code) => !(code < ASCII));
    if (foreign === 0) continue;
    const known = foreign < 0 ? codes : codes.slice(0, foreign);
    const width = PLACES ** (3 - known.length);
    const start = known.reduce((place, code) => place * PLACES + low(code), 0) * width;
    beginnings.fill(1, start, start + width);
  }
  return (text, at) => {
    const first = text.charCodeAt(at);
    const second = text.charCodeAt(at + 1);
    const third = text.charCodeAt(at + 2);
    // Also where the text is too short for three.
    if (!(first < ASCII && second < ASCII && third < ASCII)) return true;
    return beginnings[(low(first) << (2 * BITS)) | (low(second) << BITS) | low(third)] === 1;
  };
};
