import { addMillis, type Instant } from '../../domain/instant.ts';
import type { Upload } from '../../domain/upload.ts';
import type { Catalog } from '../../ports/catalog.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Workflows } from '../../ports/workflows.ts';
import { refuseCommit } from '../commit/refuse-commit.ts';
import { listAll } from '../list-all.ts';
import { closeUpload } from './close-upload.ts';

/** A commit whose workflow was not started within this time after its record lost its starter to a crash. */
const startGraceMillis = 2 * 60_000;
/** The commit workflow's own limit is six hours; after that nobody works on the upload any more. */
const commitLimitMillis = 7 * 3_600_000;

interface Dependencies {
  readonly catalog: Pick<Catalog, 'mounts' | 'uploads'>;
  readonly workflows: Pick<Workflows, 'startCommit'>;
  readonly clock: Clock;
}

export interface UploadWatch {
  readonly abandoned: number;
  readonly restarted: number;
  readonly reopened: number;
}

/**
 * Finds uploads that nobody moves on: open ones past their deadline are closed, commits whose workflow was never
 * started are started, commits whose workflow ended without a word are opened again. Safe to run twice and at once.
 */
export async function watchUploads({ catalog, workflows, clock }: Dependencies): Promise<UploadWatch> {
  const now = clock.now();
  let abandoned = 0;
  for (const { uploadId } of await listAll((page) => catalog.uploads.listByState('open', page))) {
    // What the index says is old; the decision is taken on what the table says now.
    const upload = await catalog.uploads.find(uploadId);
    if (upload?.state !== 'open' || now < upload.deadline) continue;
    if ((await closeUpload({ catalog, clock }, upload, { reason: 'deadline passed' })) === 'closed')
      abandoned++;
  }

  let restarted = 0;
  let reopened = 0;
  for (const { uploadId } of await listAll((page) => catalog.uploads.listByState('committing', page))) {
    const upload = await catalog.uploads.find(uploadId);
    const run = upload && overdueCommit(upload, now);
    if (run === undefined) continue;
    if (run.isLost) {
      const message = 'the commit workflow ended without a result; commit again';
      await refuseCommit({ catalog }, { uploadId, attempt: run.attempt, code: 'INTERNAL', message });
      reopened++;
    } else {
      await workflows.startCommit({ uploadId, attempt: run.attempt });
      restarted++;
    }
  }
  return { abandoned, restarted, reopened };
}

function overdueCommit({ state, commit }: Upload, now: Instant) {
  if (state !== 'committing' || commit === undefined) return undefined;
  if (now < addMillis(commit.requestedAt, startGraceMillis)) return undefined;
  return { attempt: commit.attempt, isLost: addMillis(commit.requestedAt, commitLimitMillis) <= now };
}
