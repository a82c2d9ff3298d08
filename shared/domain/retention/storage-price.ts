/** List prices of storage, for what a clean-up saves. Data, with where it is from: prices change. */
export const storagePrice = {
  storageClass: 'S3 Standard',
  region: 'us-east-1',
  /** First 50 TB of a month. */
  usdPerGibMonth: 0.023,
  source: 'https://aws.amazon.com/s3/pricing/',
  asOf: '2026-11-21',
} as const;

/** What so many bytes cost a month, in US dollars to the cent. */
export const monthlyUsd = (bytes: number): number =>
  Math.round((bytes / 2 ** 30) * storagePrice.usdPerGibMonth * 100) / 100;
