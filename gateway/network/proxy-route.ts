import { readFile, stat } from 'node:fs/promises';
import { ConfigError } from '../config.ts';
import type { NetworkSettings } from './network-settings.ts';

/** The proxy to take, and what is reached without it. */
export interface ProxyRoute {
  /** Without user and password: it may stand in a log. */
  readonly url: string;
  /** The value of `Proxy-Authorization`. */
  readonly authorization?: string;
  readonly noProxy: readonly string[];
}

/** This machine is always reached directly. */
const loopback = ['localhost', '127.0.0.1', '::1'];

/** Reads what the settings name. Throws ConfigError. */
export async function readProxyRoute(
  { proxy, noProxy }: NetworkSettings,
  environment: NodeJS.ProcessEnv,
): Promise<ProxyRoute | undefined> {
  if (proxy === undefined) return undefined;
  const direct = [...loopback, ...noProxy];
  if (proxy === 'environment') {
    const { url, authorization } = splitUrl(proxyOf(environment));
    const named = (environment.no_proxy ?? environment.NO_PROXY ?? '').split(/[\s,]+/u).filter(Boolean);
    return { url, ...authorization, noProxy: [...direct, ...named] };
  }
  if (typeof proxy === 'string') {
    const { url, authorization } = splitUrl(proxy);
    return { url, ...authorization, noProxy: direct };
  }
  const credentials = await readCredentials(proxy.credentialsFile);
  return { url: splitUrl(proxy.url).url, authorization: basic(credentials), noProxy: direct };
}

function proxyOf(environment: NodeJS.ProcessEnv): string {
  const value = environment.https_proxy ?? environment.HTTPS_PROXY ?? '';
  // Never quoted: it may hold a password.
  if (value === '') {
    throw new ConfigError('network.proxy is "environment", but HTTPS_PROXY is not set for this process');
  }
  if (!URL.canParse(value) || !['http:', 'https:'].includes(new URL(value).protocol)) {
    throw new ConfigError(
      'network.proxy: HTTPS_PROXY must be the URL of an HTTP proxy, as http://proxy:3128',
    );
  }
  return value;
}

function splitUrl(text: string): { url: string; authorization?: { authorization: string } } {
  const { origin, username, password } = new URL(text);
  if (username === '' && password === '') return { url: origin };
  try {
    const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    return { url: origin, authorization: { authorization: basic(credentials) } };
  } catch {
    throw new ConfigError('network.proxy: a % in user or password must be written as %25');
  }
}

const basic = (credentials: string): string => `Basic ${Buffer.from(credentials).toString('base64')}`;

async function readCredentials(file: string): Promise<string> {
  const place = 'network.proxy.credentialsFile';
  try {
    const othersMay = (await stat(file)).mode & 0o007;
    if (othersMay !== 0) {
      throw new ConfigError(
        `${place}: everybody may read ${file}: make it readable for the gateway only (chmod 600)`,
      );
    }
    const credentials = (await readFile(file, 'utf8')).trimEnd();
    if (/^[^\r\n:]+:[^\r\n]*$/u.test(credentials)) return credentials;
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError(
      `${place} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  throw new ConfigError(`${place}: ${file} must hold one line, user:password`);
}
