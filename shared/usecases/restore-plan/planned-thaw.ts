import { hasArchivePrices, instantUsd } from '../../domain/archive/archive-price.ts';
import {
  countFrozen,
  defaultMaxThawUsd,
  defaultThawTier,
  nothingFrozen,
  refusalOf,
  type ThawChoice,
  type ThawOrder,
  thawChoices,
} from '../../domain/archive/thaw.ts';
import type { Vault } from '../../ports/vault.ts';
import { storageOf } from '../archive/storage-of.ts';
import type { Measured } from './measure-selection.ts';

/** What of a restore lies in archive classes, what may be done about it, and what the ordered tier comes to. */
export interface PlannedThaw {
  /** That cannot be read yet, without those whose thaw is under way. */
  readonly frozen: { readonly packs: number; readonly bytes: number };
  readonly ongoing: { readonly packs: number; readonly bytes: number };
  /** Read at once, for a fee. */
  readonly instantBytes: number;
  readonly choices: readonly ThawChoice[];
  readonly tier: ThawOrder['tier'];
  /** Of that tier. */
  readonly hours: number;
  readonly thawUsd: number;
  readonly instantUsd: number;
  readonly maxUsd: number;
  /** Of a region that the table does not have: the highest that it has. */
  readonly isAssumedPrice: boolean;
  readonly refusal?: { readonly code: string; readonly text: string };
}

interface Dependencies {
  readonly vault: Pick<Vault, 'listStorage'>;
  readonly region?: string | undefined;
  readonly hasArchive?: boolean | undefined;
  readonly maxThawUsd?: number | undefined;
}

/** Undefined where the vault has no archive, or nothing of the restore lies in it. Lists the packs, and reads none of them. */
export async function plannedThaw(
  { vault, region, hasArchive = false, maxThawUsd = defaultMaxThawUsd }: Dependencies,
  { packs }: Pick<Measured, 'packs'>,
  { tier = defaultThawTier, maxUsd = maxThawUsd }: Partial<ThawOrder> = {},
): Promise<PlannedThaw | undefined> {
  if (!hasArchive) return undefined;
  const keys = packs.map(({ key }) => key);
  const counted = countFrozen(nothingFrozen, await storageOf(vault, keys));
  const { ongoing, instantBytes } = counted;
  const frozen = counted.frozen.reduce(
    (sum, each) => ({ packs: sum.packs + each.packs, bytes: sum.bytes + each.bytes }),
    { packs: 0, bytes: 0 },
  );
  if (frozen.packs + ongoing.packs + instantBytes === 0) return undefined;
  const all = thawChoices(region, counted, maxUsd);
  const choices = frozen.packs === 0 ? [] : all;
  // A deep archive has no expedited tier: Standard is what it would be.
  const chosen =
    choices.find((each) => each.tier === tier) ?? choices.find((each) => each.tier === 'Standard');
  const { hours = 0, usd = 0 } = chosen ?? {};
  const text = refusalOf({ tier, usd, limit: maxUsd, ...frozen });
  return {
    ...{ frozen, ongoing, instantBytes, choices, tier: chosen?.tier ?? tier, hours },
    ...{ thawUsd: usd, instantUsd: instantUsd(region, instantBytes), maxUsd },
    isAssumedPrice: !hasArchivePrices(region),
    ...(usd > maxUsd && { refusal: { code: 'THAW_COST_ABOVE_LIMIT', text } }),
  };
}
