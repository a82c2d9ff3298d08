import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { resourceName, storeId } from '../../shared/contracts/primitives.ts';
import { replaceFile } from '../durable-file.ts';
import { isMissing } from '../file-errors.ts';

const identity = z.strictObject({
  version: z.literal(1),
  storeId,
  name: resourceName,
  token: z.string().min(1),
});

/** Which store this gateway is, and its proof. */
export type StoreIdentity = Omit<z.output<typeof identity>, 'version'>;

/** There is no usable identity; the message says what to do. */
export class IdentityError extends Error {}

const fileOf = (dataDirectory: string): string => join(dataDirectory, 'store.json');

export const writeIdentity = (dataDirectory: string, store: StoreIdentity): Promise<void> =>
  replaceFile(fileOf(dataDirectory), `${JSON.stringify({ version: 1, ...store })}\n`, 0o600);

/** The stored identity, or undefined before the first activation. Throws IdentityError when it cannot be used. */
export async function findIdentity(dataDirectory: string): Promise<StoreIdentity | undefined> {
  const file = fileOf(dataDirectory);
  try {
    const othersMay = (await stat(file)).mode & 0o077;
    if (othersMay !== 0)
      throw new IdentityError(
        `${file} holds the store's token: make it readable for its owner only (chmod 600)`,
      );
    const { version: _, ...store } = identity.parse(JSON.parse(await readFile(file, 'utf8')));
    return store;
  } catch (error) {
    if (isMissing(error)) return undefined;
    if (error instanceof IdentityError) throw error;
    // The cause is left out: it may quote the token.
    throw new IdentityError(`${file} is damaged: activate the store again with a fresh code`);
  }
}
