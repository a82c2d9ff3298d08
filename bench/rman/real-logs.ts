import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '..', '..', '..', 'shared', 'rman', 'corpus');

/** The lines of each of the real logs that lie beside the project; undefined where they do not. Those in UTF-8 alone are put together. */
export function readRealLogs(): readonly string[][] | undefined {
  if (!existsSync(folder)) return undefined;
  const files = readdirSync(folder).map((name) => readFileSync(join(folder, name)));
  return files.flatMap((bytes) => textOf(bytes) ?? []).map((text) => text.split('\n'));
}

/** As an item or none, for `flatMap`. */
function textOf(bytes: Buffer): [string] | undefined {
  try {
    return [new TextDecoder('utf-8', { fatal: true }).decode(bytes)];
  } catch {
    return undefined;
  }
}
