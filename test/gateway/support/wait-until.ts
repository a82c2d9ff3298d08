/** A look may be a call of the API, whose work takes from what is waited for: the longer it takes, the rarer they are. */
const pauses = { first: 5, longest: 50, growth: 1.25 };

/** Waits for something that another part of the system brings about. */
export async function waitUntil(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  timeoutMillis = 20_000,
): Promise<void> {
  const end = Date.now() + timeoutMillis;
  for (let pause = pauses.first; !(await isSo()); pause = Math.min(pause * pauses.growth, pauses.longest)) {
    if (Date.now() > end) throw new Error(`waited ${timeoutMillis} ms in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}
