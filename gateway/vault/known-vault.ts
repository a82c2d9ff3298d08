import { readFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const fileOf = (dataDirectory: string): string => join(dataDirectory, 'vault-origin');

/** Where signed URLs led last, as `https://bucket.s3.eu-central-1.amazonaws.com`, or undefined before the first one. */
export async function readKnownVault(dataDirectory: string): Promise<string | undefined> {
  const text = await readFile(fileOf(dataDirectory), 'utf8').catch(() => '');
  return URL.canParse(text) ? new URL(text).origin : undefined;
}

/** Remembers where signed URLs lead, for whoever looks for what stands in the way of a backup. */
export class KnownVault {
  readonly #file: string;
  #origin: string;

  constructor(dataDirectory: string) {
    this.#file = fileOf(dataDirectory);
    this.#origin = readOrEmpty(this.#file);
  }

  note(origin: string): void {
    if (origin === this.#origin) return;
    this.#origin = origin;
    try {
      writeFileSync(this.#file, origin, { mode: 0o600 });
    } catch {
      // Only a convenience: a full disk must not stop a backup here.
    }
  }
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
