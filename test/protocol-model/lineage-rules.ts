/** The rules of upload, commit and reclaim that can be broken, one by one. The first of each is the protocol's. */
export interface LineageRules {
  /** What keeps the parent of an open upload from being reclaimed. */
  readonly parentPin: 'until-its-owner-ends' | 'until-its-lease-ends' | 'none';
  readonly commit: 'open-and-parent-live' | 'open' | 'any-state';
  /** Which point a new upload builds on. */
  readonly parent: 'newest-live' | 'newest-available';
  readonly headIsRead: 'with-the-opening' | 'before-the-opening';
  readonly openUploads: 'one' | 'many';
  readonly lineOrder: 'commit' | 'clock-of-the-store';
  readonly mayReference: 'tables-of-the-parent' | 'tables-of-any-live-point';
  readonly undelete: 'pending' | 'pending-or-reclaiming';
  /** Which points count as neighbours of the one to be reclaimed. */
  readonly neighbours: 'live' | 'available' | 'live-or-reclaiming' | 'committed-at-any-time';
  readonly neighboursAreReadFrom: 'base-table' | 'index-that-lags';
  readonly readsFirst: 'previous' | 'next';
  readonly missingTable: 'error' | 'empty';
  /**
   * `list-first`: neighbours and tables are read, the list is stored, and then the point becomes reclaiming if its line has
   * not changed meanwhile. `transition-first`: the point becomes reclaiming, and whoever carries that out reads them then.
   */
  readonly decision: 'list-first' | 'list-first-whatever-changed' | 'transition-first';
  /** Where the tables of a point that is being reclaimed stand. */
  readonly tablesLiveUntil: 'tombstone' | 'manifest-is-deleted';
  readonly closesAfterUrlsDied: boolean;
  readonly reclaimsAfterUrlsDied: boolean;
  /** Whether what is deleted includes everything under the point's own prefix. */
  readonly listsOwnPrefix: boolean;
  readonly restorePins: 'with-the-check' | 'after-the-check';
  /** A clone stands on its store long after it was staged. */
  readonly clonePins: 'until-it-is-dropped' | 'until-it-is-staged';
  /** Which pins keep a point from being reclaimed. */
  readonly reclaimLooksAt: 'all-pins' | 'all-but-restores' | 'all-but-clones';
}

export const protocolRules: LineageRules = {
  parentPin: 'until-its-owner-ends',
  commit: 'open-and-parent-live',
  parent: 'newest-live',
  headIsRead: 'with-the-opening',
  openUploads: 'one',
  lineOrder: 'commit',
  mayReference: 'tables-of-the-parent',
  undelete: 'pending',
  neighbours: 'live',
  neighboursAreReadFrom: 'base-table',
  readsFirst: 'previous',
  missingTable: 'error',
  decision: 'list-first',
  tablesLiveUntil: 'tombstone',
  closesAfterUrlsDied: true,
  reclaimsAfterUrlsDied: true,
  listsOwnPrefix: true,
  restorePins: 'with-the-check',
  clonePins: 'until-it-is-dropped',
  reclaimLooksAt: 'all-pins',
};

export interface Scope {
  readonly points: number;
  readonly runs: number;
  readonly hasRestore: boolean;
  readonly hasClone: boolean;
  /** URLs outlive their upload: objects may come late. */
  readonly hasLatePuts: boolean;
  /** The gateway may put an object that no manifest names. */
  readonly hasStrays: boolean;
}
