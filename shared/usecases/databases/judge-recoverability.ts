import type { FileMap } from '../../domain/file-map/file-map.ts';
import { type JudgementSummary, summarize } from '../../domain/recoverability/judgement.ts';
import { encodeJudgement, type StoredJudgement } from '../../domain/recoverability/judgement-json.ts';
import type { Before } from '../../domain/recoverability/lost.ts';
import { makeJudgement } from '../../domain/recoverability/make-judgement.ts';
import type { PointWarning } from '../../domain/recovery-point.ts';
import { formatVaultKey } from '../../domain/vault/keys.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Vault } from '../../ports/vault.ts';
import { type CommitRun, findCommitting } from '../commit/find-committing.ts';
import { type NumberedMap, readLost, readNumberedJudgement } from './read-judgement.ts';
import { readMap, unlessLost } from './stored-maps.ts';

type JudgeVault = Pick<Vault, 'read' | 'putOnce'>;

/** How judging a point ended, as the commit workflow carries it. */
export type PointJudging =
  | { readonly state: 'stored'; readonly number: number }
  | { readonly state: 'failed'; readonly reason: string };

/** Fifth step of a commit: what can be restored of each database, in the vault before the point is recorded. */
export async function judgeRecoverability(
  { catalog, vault }: { readonly catalog: Pick<Catalog, 'uploads'>; readonly vault: JudgeVault },
  run: CommitRun & { readonly number: number },
): Promise<PointJudging> {
  const { mountId, uploadId: recoveryPointId } = await findCommitting(catalog, run);
  const { number } = run;
  const judged = await judgeFileMap(vault, { mountId, recoveryPointId, number });
  return judged.outcome === 'judged'
    ? { state: 'stored', number }
    : { state: 'failed', reason: judged.reason };
}

type Judged =
  | { readonly outcome: 'judged'; readonly judgement: JudgementSummary }
  | { readonly outcome: 'failed'; readonly reason: string };

/**
 * Judges a stored file map and stores the judgement under its number. The first one counts: whoever comes later, with other rules
 * perhaps, takes what is there. `failed` is what would fail again.
 */
export async function judgeFileMap(vault: JudgeVault, of: NumberedMap): Promise<Judged> {
  const map = await unlessLost(() => readMap(vault, of));
  if (map === undefined) return { outcome: 'failed', reason: 'the file map cannot be read' };
  const before = await readBefore(vault, map);
  let stored: StoredJudgement;
  try {
    stored = makeJudgement(map, before);
  } catch (error) {
    // A rule that meets what it was not made for must stop neither a commit nor a late log.
    return { outcome: 'failed', reason: String(error).slice(0, maxReason) };
  }
  const { mountId, recoveryPointId: uploadId, number } = of;
  const key = formatVaultKey({ kind: 'judgement', mountId, uploadId, number });
  const { outcome } = await vault.putOnce(key, await encodeJudgement(stored));
  const counts = outcome === 'stored' ? stored.judgement : await readNumberedJudgement(vault, of);
  return { outcome: 'judged', judgement: summarize(counts) };
}

const maxReason = 150;

/** What the points before had, as far as it can be read. A map from before there were judgements remembers nothing itself. */
async function readBefore(vault: JudgeVault, { mountId, parent }: FileMap): Promise<Before | undefined> {
  if (parent === undefined) return undefined;
  const of = { mountId, ...parent };
  const [map, lost] = await Promise.all([
    unlessLost(() => readMap(vault, of)),
    unlessLost(() => readLost(vault, of)),
  ]);
  return map && { map, lost: lost ?? [] };
}

/** Says of a point that it was not judged, and that this is no fault of its own. */
export const judgingFailed = (reason: string): PointWarning => ({
  code: 'JUDGEMENT_FAILED',
  text: `what can be restored of the databases is unknown: ${reason}`.slice(0, 300),
});
