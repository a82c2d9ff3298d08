import type { Caller } from '../../domain/access.ts';
import type { MountId } from '../../domain/ids.ts';
import type { Mount } from '../../domain/mount.ts';
import { type MountPolicy, type PolicySettings, parsePolicy } from '../../domain/retention/policy.ts';
import { updateMount } from '../mounts/update-mount.ts';
import type { ChangeDependencies } from './undelete-point.ts';

/** Settings of a policy that are to change. `null` takes a setting away: its default holds again. */
export type PolicyChange = {
  readonly [Name in keyof PolicySettings]?:
    | PolicySettings[Name]
    | (Name extends 'expire' ? never : null)
    | undefined;
};

/**
 * Changes the policy of a mount; what is left out stays. It takes effect with the next plan. Works on a mount that is gone, too: its
 * points still are. Throws MOUNT_NOT_FOUND, and POLICY_INVALID that names the wrong setting.
 */
export async function changePolicy(
  { catalog, clock }: Pick<ChangeDependencies, 'catalog' | 'clock'>,
  caller: Caller,
  mountId: MountId,
  change: PolicyChange,
): Promise<Mount> {
  return updateMount(catalog, caller, mountId, async (mount) => {
    const { expire, policy } = merge(mount, change);
    parsePolicy({ ...policy, expire });
    if (JSON.stringify([expire, policy]) === JSON.stringify([mount.expire, mount.policy ?? {}]))
      return undefined;
    const at = clock.now();
    return {
      next: { ...mount, expire, policy, dueAt: at },
      event: { at, kind: 'mount-policy-changed', data: { expire, policy, by: caller.credentialId } },
    };
  });
}

/** In one order of fields, so that the same policy is the same text. */
function merge(
  { expire, policy: current = {} }: Pick<Mount, 'expire' | 'policy'>,
  change: PolicyChange,
): { readonly expire: string; readonly policy: MountPolicy } {
  const pick = <Name extends keyof MountPolicy>(name: Name) => {
    const value = change[name] === undefined ? current[name] : change[name];
    return value === undefined || value === null ? {} : { [name]: value };
  };
  return {
    expire: change.expire ?? expire,
    policy: {
      ...pick('keep'),
      ...pick('timeZone'),
      ...pick('floor'),
      ...pick('undoWindow'),
      ...pick('maxExpiredPercentPerDay'),
    },
  };
}
