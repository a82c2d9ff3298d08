const samples = 512;
const sampled = new Uint16Array(256);
/** Pairs of equal bytes among the samples: 511 where all bytes are as likely, several thousand in rows of tables. */
const mostEqualPairs = 768;

/** Whether bytes are compressed or encrypted already, by a sample of them. */
export function looksRandom(bytes: Uint8Array): boolean {
  if (bytes.length < samples) return false;
  sampled.fill(0);
  let equalPairs = 0;
  for (let sample = 0; sample < samples; sample++) {
    const byte = bytes[Math.floor((sample * bytes.length) / samples)] ?? 0;
    equalPairs += sampled[byte] ?? 0;
    sampled[byte] = (sampled[byte] ?? 0) + 1;
  }
  return equalPairs <= mostEqualPairs;
}
