/** Waits for something that another part of the system brings about. */
export async function waitUntil(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  timeoutMillis = 20_000,
): Promise<void> {
  const end = Date.now() + timeoutMillis;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`waited ${timeoutMillis} ms in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
