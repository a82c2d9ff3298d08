import { BlockList, isIP, isIPv6 } from 'node:net';

/** Which clients may use which mount. */
export class ClientNetworks {
  #byMount: ReadonlyMap<string, BlockList> = new Map();

  /** Networks and addresses by mount; those under `*` are for mounts that are not named. */
  constructor(allowed: Readonly<Record<string, readonly string[]>>) {
    this.replace(allowed);
  }

  /** For the calls that come from now on. */
  replace(allowed: Readonly<Record<string, readonly string[]>>): void {
    this.#byMount = new Map(Object.entries(allowed).map(([mount, networks]) => [mount, listOf(networks)]));
  }

  /** Of a client that went away at once there is no address any more. */
  allows(mount: string, address: string | undefined): boolean {
    if (address === undefined || isIP(address) === 0) return false;
    const list = this.#byMount.get(mount) ?? this.#byMount.get('*');
    // Also finds IPv4 addresses in their IPv6 form, as a socket that listens on both shows them.
    return list?.check(address, familyOf(address)) ?? false;
  }
}

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', prefix] = network.split('/');
    if (prefix === undefined) list.addAddress(address, familyOf(address));
    else list.addSubnet(address, Number(prefix), familyOf(address));
  }
  return list;
}

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIPv6(address) ? 'ipv6' : 'ipv4');
