/** Control characters (but the end of the line), invisible ones, those that turn the direction of writing. */
const unprintable = /(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * A line of JSON with its unprintable characters escaped. JSON itself leaves some of them as they are, and what a client
 * sends must neither command a terminal that shows the log nor look like another line. Its values stay the same.
 */
export const toPrintable = (line: string): string =>
  line.replace(unprintable, (found) =>
    [...Array(found.length).keys()]
      .map((at) => `\\u${found.charCodeAt(at).toString(16).padStart(4, '0')}`)
      .join(''),
  );
