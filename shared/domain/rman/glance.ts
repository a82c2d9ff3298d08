const CODES = 128;

/**
 * Whether one of some texts could begin at a place, by two characters: most places are passed by at a glance. What is not ASCII, and may
 * look otherwise in a wrong code page, gets the benefit of the doubt.
 */
export const createGlance = (texts: Iterable<string>): ((text: string, at: number) => boolean) => {
  const pairs = new Uint8Array(CODES * CODES);
  for (const text of texts) {
    const first = text.charCodeAt(0) * CODES;
    const second = text.charCodeAt(1);
    if (second < CODES) pairs[first + second] = 1;
    else pairs.fill(1, first, first + CODES);
  }
  return (text, at) => {
    const first = text.charCodeAt(at);
    const second = text.charCodeAt(at + 1);
    return !(first < CODES) || !(second < CODES) || pairs[first * CODES + second] === 1;
  };
};
