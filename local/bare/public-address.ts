import { isIP } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';

/** Where clients find the services. */
export interface PublicAddress {
  /** Address or name to listen on. */
  readonly host: string;
  /** What stands in URLs. */
  readonly urlHost: string;
  /** Names and addresses that clients may use: those of the certificate. */
  readonly names: readonly string[];
  /** Only this machine reaches it. */
  readonly isLoopback: boolean;
}

export const DEFAULT_HOST = '127.0.0.1';
const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '::1'];
/** RFC 1123: letters, digits and hyphens between dots. */
const HOST_NAME = /^(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*$/i;

/** @throws Error when it is neither an address nor a host name. */
export const readPublicAddress = (host: string): PublicAddress => {
  if (host.includes('%') || (isIP(host) === 0 && !HOST_NAME.test(host)))
    throw new Error(`"${host}" is neither an IP address nor a host name`);
  const isWildcard = host === '0.0.0.0' || host === '::';
  // Nobody connects to a wildcard; on this machine the loopback address is as good as any.
  const reached = isWildcard ? DEFAULT_HOST : host;
  const others = isWildcard ? [hostname(), ...machineAddresses()] : [host];
  return {
    host,
    urlHost: isIP(reached) === 6 ? `[${reached}]` : reached,
    names: [...new Set([...LOOPBACK_NAMES, ...others])],
    isLoopback: LOOPBACK_NAMES.includes(host) || (isIP(host) === 4 && host.startsWith('127.')),
  };
};

/** Addresses of this machine in its networks; link-local ones, which mean nothing without an interface, left out. */
const machineAddresses = (): readonly string[] =>
  Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, address }) => !internal && !address.startsWith('fe80:'))
    .map(({ address }) => address);
