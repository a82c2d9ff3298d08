import { ServiceError } from '../errors.ts';

/** Versions of the gateway protocol that one side speaks. */
export interface VersionRange {
  readonly oldest: number;
  readonly newest: number;
}

/**
 * What this code speaks, on either side. A release that adds a version speaks the one before it as well, so that
 * service and gateways can be upgraded in any order, one release at a time.
 */
export const protocolVersions: VersionRange = { oldest: 1, newest: 1 };

/**
 * The newest version that both sides speak. Throws GATEWAY_TOO_OLD or SERVICE_TOO_OLD, which name the side that is to be
 * upgraded; both sides come to the same verdict.
 */
export function negotiateVersion(sides: {
  readonly gateway: VersionRange;
  readonly service: VersionRange;
}): number {
  const { gateway, service } = sides;
  const spoken = `the gateway speaks ${nameOf(gateway)} of the gateway protocol, the service ${nameOf(service)}`;
  if (gateway.newest < service.oldest) throw new ServiceError('GATEWAY_TOO_OLD', spoken);
  if (service.newest < gateway.oldest) throw new ServiceError('SERVICE_TOO_OLD', spoken);
  return Math.min(gateway.newest, service.newest);
}

const nameOf = ({ oldest, newest }: VersionRange): string =>
  oldest === newest ? `version ${newest}` : `versions ${oldest} to ${newest}`;
