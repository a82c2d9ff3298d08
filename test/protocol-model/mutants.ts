import { decisionModel } from './decision-model.ts';
import type { Model } from './explore.ts';
import { forkModel } from './fork-model.ts';
import { journalModel } from './journal-model.ts';
import { lineageModel } from './lineage-model.ts';
import type { LineageRules, Scope } from './lineage-rules.ts';

/** The protocol with one of its rules left out: data is lost or left behind, and the model has to find that. */
export interface Mutant {
  readonly name: string;
  readonly found: 'LOSS' | 'LEAK';
  /** States are looked at until the first violation: so many, in round numbers. */
  readonly size: 'small' | 'large';
  explore<R>(visit: <S>(model: Model<S>) => R): R;
}

const smallScope: Scope = {
  ...{ points: 2, runs: 1, hasRestore: false, hasClone: false },
  ...{ hasLatePuts: false, hasStrays: false },
};

const mutant = <S>(
  name: string,
  model: Model<S>,
  { found = 'LOSS', size = 'small' }: Partial<Pick<Mutant, 'found' | 'size'>> = {},
): Mutant => ({ name, found, size, explore: (visit) => visit(model) });

const lineage = (name: string, changed: Partial<LineageRules>, scope: Partial<Scope> = {}): Mutant =>
  mutant(name, lineageModel({ ...smallScope, points: 3, ...scope }, changed), { size: 'large' });

const smallLineage = (
  name: string,
  found: Mutant['found'],
  changed: Partial<LineageRules>,
  scope: Partial<Scope> = {},
): Mutant => mutant(name, lineageModel({ ...smallScope, ...scope }, changed), { found });

/**
 * Where two rules guard the same thing, the other one is set aside, or nothing would be seen: a commit that checks its
 * parent makes up for a missing pin, and a decision that is made before the transition, on condition that the line has not
 * changed, for the order in which neighbours are read.
 */
export const mutants: readonly Mutant[] = [
  lineage('no-pin', { parentPin: 'none', commit: 'open' }),
  smallLineage('no-fence-on-commit', 'LOSS', { commit: 'any-state' }),
  lineage('parent-skips-pending', { parent: 'newest-available' }),
  lineage('neighbour-counts-reclaiming', { neighbours: 'live-or-reclaiming' }),
  lineage('neighbour-skips-pending', { neighbours: 'available' }),
  lineage('neighbour-raw', { neighbours: 'committed-at-any-time', missingTable: 'empty' }),
  lineage('neighbour-before-transition', { decision: 'list-first-whatever-changed' }),
  lineage('neighbour-from-stale-index', { neighboursAreReadFrom: 'index-that-lags' }),
  lineage('next-before-previous', { readsFirst: 'next', decision: 'transition-first' }, { runs: 2 }),
  lineage('gone-table-is-empty', { missingTable: 'empty', decision: 'transition-first' }, { runs: 2 }),
  lineage('undelete-from-reclaiming', { undelete: 'pending-or-reclaiming' }),
  lineage('head-read-not-atomic', { headIsRead: 'before-the-opening', commit: 'open' }),
  lineage('segment-from-any-live-point', { mayReference: 'tables-of-any-live-point' }),
  lineage('order-by-time-with-clock-back', { lineOrder: 'clock-of-the-store' }),
  lineage('two-open-uploads', { openUploads: 'many' }),
  lineage('pin-lapses-with-lease', { parentPin: 'until-its-lease-ends', commit: 'open' }),
  smallLineage('table-only-in-manifest', 'LEAK', {
    tablesLiveUntil: 'manifest-is-deleted',
    decision: 'transition-first',
  }),
  smallLineage('close-before-urls-die', 'LEAK', { closesAfterUrlsDied: false }, { hasLatePuts: true }),
  smallLineage('reclaim-before-urls-die', 'LEAK', { reclaimsAfterUrlsDied: false }, { hasLatePuts: true }),
  smallLineage('no-prefix-listing', 'LEAK', { listsOwnPrefix: false }, { hasStrays: true }),
  smallLineage('restore-pin-not-atomic', 'LOSS', { restorePins: 'after-the-check' }, { hasRestore: true }),
  smallLineage('reclaim-under-restore', 'LOSS', { reclaimLooksAt: 'all-but-restores' }, { hasRestore: true }),
  smallLineage('reclaim-under-clone', 'LOSS', { reclaimLooksAt: 'all-but-clones' }, { hasClone: true }),
  smallLineage(
    'clone-pin-ends-with-staging',
    'LOSS',
    { clonePins: 'until-it-is-staged' },
    { hasClone: true },
  ),
  mutant('no-condition', decisionModel({ condition: 'none' })),
  mutant('own-item-condition-only', decisionModel({ condition: 'own-item' })),
  mutant('dependants-only-if-kept', decisionModel({ dependants: 'of-kept-points' })),
  mutant('no-floor-at-reclaim', decisionModel({ floorHolds: 'at-the-first' })),
  mutant('ack-before-journal', journalModel({ acknowledges: 'at-once' })),
  mutant('destroy-before-journal', journalModel({ deletes: 'at-once' })),
  mutant('journal-out-of-order', journalModel({ storesEntries: 'in-any-order' })),
  mutant('trust-recovery-point-json', journalModel({ rebuildTrusts: 'recovery-point.json' })),
  mutant('trust-412-by-existence', forkModel({ on412: 'trusts-the-name', verifies: 'existence' })),
  mutant(
    'commit-does-not-name-manifest',
    forkModel({ on412: 'trusts-the-name', commit: 'names-the-upload' }),
  ),
];
