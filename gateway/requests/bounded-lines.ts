import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/** Calls with each line of a stream, cut off at so many characters: a line without an end must not fill the memory. */
export function onBoundedLines(input: Readable, mostChars: number, take: (line: string) => void): void {
  const decoder = new StringDecoder('utf8');
  let begun = '';
  const read = (text: string) => {
    const [first = '', ...others] = text.split(/\r?\n/);
    begun = (begun + first).slice(0, mostChars);
    for (const next of others) {
      take(begun);
      begun = next.slice(0, mostChars);
    }
  };
  input.on('data', (chunk: Buffer) => read(decoder.write(chunk)));
  input.once('end', () => {
    read(decoder.end());
    if (begun !== '') take(begun);
  });
}
