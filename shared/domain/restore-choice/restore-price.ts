/**
 * List prices of reading from S3 Standard, in US dollars. Data, with where it is from: prices change. Transfer is to the internet, first
 * 10 TB of a month and without the free 100 GB; by Direct Connect it costs less, within the region nothing.
 */
const prices = {
  'us-east-1': { perThousandGets: 0.0004, perGbOut: 0.09 },
  'us-east-2': { perThousandGets: 0.0004, perGbOut: 0.09 },
  'us-west-2': { perThousandGets: 0.0004, perGbOut: 0.09 },
  'eu-west-1': { perThousandGets: 0.0004, perGbOut: 0.09 },
  'eu-central-1': { perThousandGets: 0.00043, perGbOut: 0.09 },
} as const satisfies Record<string, { perThousandGets: number; perGbOut: number }>;

export const priceSource = { source: 'https://aws.amazon.com/s3/pricing/', asOf: '2026-11-21' } as const;

/** Of which the price is known. */
export const pricedRegions = Object.keys(prices);

export interface RestorePrice {
  readonly requestsUsd: number;
  readonly transferUsd: number;
  readonly totalUsd: number;
}

/** What it costs at most to fetch so much; undefined for a region whose prices the table does not have. */
export function priceOf(
  region: string,
  { requests, bytes }: { readonly requests: number; readonly bytes: number },
): RestorePrice | undefined {
  const known = Object.entries(prices).find(([name]) => name === region)?.[1];
  if (known === undefined) return undefined;
  const requestsUsd = (requests / 1000) * known.perThousandGets;
  const transferUsd = (bytes / 1e9) * known.perGbOut;
  return {
    requestsUsd: toMillicents(requestsUsd),
    transferUsd: toMillicents(transferUsd),
    totalUsd: toMillicents(requestsUsd + transferUsd),
  };
}

/** Small restores cost less than a cent, and not nothing. */
const toMillicents = (usd: number): number => Math.round(usd * 1e5) / 1e5;
