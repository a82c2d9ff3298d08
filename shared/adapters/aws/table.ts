/**
 * The one DynamoDB table of the catalog, as plain data: the stack that makes the table, the entities that use it and
 * the tests all read this, so that they cannot drift. All key attributes are strings.
 */

const index = <Name extends string>(name: Name) =>
  ({ name, partitionKey: `${name}Pk`, sortKey: `${name}Sk`, projection: 'ALL' }) as const;

/** All of a kind that lies spread over the table: mounts, restores. */
export const listingIndex = index('listing');

/** What is under a mount in another order than the table's: recovery points by `takenAt`, restores by id. */
export const byMountIndex = index('byMount');

/** What somebody has to move on: uploads by state, restores that have not ended, mounts by their next due time. Ended ones leave this index. */
export const runningIndex = index('running');

export const tableSchema = {
  partitionKey: 'pk',
  sortKey: 'sk',
  /** Only idempotency claims carry it: what DynamoDB deletes by itself must not matter. */
  timeToLiveAttribute: 'forgetAtSeconds',
  indexes: [listingIndex, byMountIndex, runningIndex],
} as const;
