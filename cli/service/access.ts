import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';

/** Where the service is, and who calls it. */
export interface ServiceAccess {
  readonly url: string;
  /** API key: `id.secret`. */
  readonly token: string;
}

const profile = z.looseObject({ apiUrl: z.url({ protocol: /^https?$/ }), apiKey: z.string().min(1) });

/** What `npm start` writes into its first data folder. */
const startedHere = join(import.meta.dirname, '..', '..', '.holdfast', '1', 'setup.json');

const advice =
  'set HOLDFAST_URL and HOLDFAST_TOKEN, or name a profile file with HOLDFAST_PROFILE ({"apiUrl": …, "apiKey": …})';

/**
 * From the environment; otherwise from the profile file that it names; otherwise that of the service which `npm start` runs on this
 * machine. Throws an Error that says what to set.
 */
export function findAccess(environment: Readonly<Record<string, string | undefined>>): ServiceAccess {
  const { HOLDFAST_URL: url, HOLDFAST_TOKEN: token, HOLDFAST_PROFILE: file } = environment;
  if (url !== undefined || token !== undefined) {
    if (!url || !token) {
      throw new Error(`${url ? 'HOLDFAST_TOKEN' : 'HOLDFAST_URL'} is missing: set both, or neither`);
    }
    if (!/^https?:\/\/[^/]/.test(url)) throw new Error(`HOLDFAST_URL is no http or https address: ${url}`);
    return { url: url.replace(/\/+$/, ''), token };
  }
  if (file === undefined && !existsSync(startedHere)) {
    throw new Error(`it is not known where the service is: ${advice}; or start one with npm start`);
  }
  return readProfile(file ?? startedHere);
}

function readProfile(file: string): ServiceAccess {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(
      `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}; ${advice}`,
    );
  }
  const result = profile.safeParse(value);
  if (result.success) return { url: result.data.apiUrl.replace(/\/+$/, ''), token: result.data.apiKey };
  const fields = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
  throw new Error(`${file} is no profile (${fields}); ${advice}`);
}
