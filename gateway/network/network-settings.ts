import * as z from 'zod';
import { absolutePath } from '../absolute-path.ts';

const schemes = ['http:', 'https:'];

/** `http://host:port`, with a user and password only where they may stand. */
function isProxyUrl(text: string, mayHaveCredentials: boolean): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, pathname, search, hash, username, password } = new URL(text);
  const isBare = pathname === '/' && search === '' && hash === '';
  const hasCredentials = username !== '' || password !== '';
  return schemes.includes(protocol) && hostname !== '' && isBare && (mayHaveCredentials || !hasCredentials);
}

const isDecodable = (text: string): boolean => {
  try {
    decodeURIComponent(new URL(text).username + new URL(text).password);
    return true;
  } catch {
    return false;
  }
};

/** What is wrong with a proxy is told by this alone: the value may hold a password. */
const proxyForms =
  'must be the URL of an HTTP proxy (http://proxy:3128, or with http://user:password@proxy:3128), ' +
  '{"url": …, "credentialsFile": …} with the user and password in a file, or "environment" for HTTPS_PROXY and NO_PROXY';

const proxyUrl = z.string().refine((text) => isProxyUrl(text, true) && isDecodable(text), proxyForms);
const proxyUrlAlone = z
  .string()
  .refine((text) => isProxyUrl(text, false), 'must be http://host:port or https://host:port and no more');

/** A host, `.domain`, `*.domain` or address, with a port if need be; `*` for all. */
const noProxyEntry = z
  .string()
  .regex(
    /^(\*|(\*?\.)?[\w-]+(\.[\w-]+)*\.?(:\d{1,5})?|[0-9a-f:.]*:[0-9a-f:.]*|\[[0-9a-f:.]+\](:\d{1,5})?)$/iu,
    'must be a host, .domain or address, with :port if need be; networks such as 10.0.0.0/8 cannot be told here',
  );

/** How requests to the service and the vault leave this machine. */
export const networkSettings = z
  .strictObject({
    /** None unless it is given: the variables of the environment count for `"environment"` only. */
    proxy: z
      .union(
        [
          z.literal('environment'),
          proxyUrl,
          z.strictObject({
            url: proxyUrlAlone,
            /** One line, `user:password`; for its owner only. */
            credentialsFile: absolutePath,
          }),
        ],
        proxyForms,
      )
      .optional(),
    /** What is reached without the proxy, besides this machine itself. */
    noProxy: z.array(noProxyEntry).default([]),
    /** Certificates of authorities in PEM that are trusted in addition to those that Node trusts. */
    caFile: absolutePath.optional(),
  })
  .refine(({ proxy, noProxy }) => proxy !== undefined || noProxy.length === 0, {
    path: ['noProxy'],
    message: 'says nothing without proxy',
  })
  .prefault({});

export type NetworkSettings = z.output<typeof networkSettings>;
