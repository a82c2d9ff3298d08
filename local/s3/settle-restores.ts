import { restoreState } from './archive.ts';
import { originOfService, reportRestoreCompleted, reportRestoreExpired } from './s3-events.ts';
import type { S3Service } from './s3-service.ts';

/** Reports the copies that became readable and those that lapsed by now. Their times alone decide what a read gets. */
export function settleRestores(service: S3Service): void {
  const now = service.clock();
  for (;;) {
    const due = service.restores.due(now);
    if (due.length === 0) return;
    service.database.transaction(() => {
      for (const seq of due) settleRestore(service, seq, now);
    });
    service.outbox.wake();
  }
}

/** One step at a time, so that a copy that came and went while nobody looked is still told of twice. */
function settleRestore(service: S3Service, seq: number, now: number): void {
  const found = service.versions.bySeq(seq);
  const restore = found?.object.restore;
  if (found === undefined || restore === undefined) {
    service.restores.remove(seq);
    return;
  }
  const { bucket, object } = found;
  const origin = originOfService(bucket);
  if (!restore.isAnnounced) {
    reportRestoreCompleted(origin, service, object, restore.expires);
    service.versions.change(object, { restore: { ...restore, isAnnounced: true } });
    service.restores.set(seq, restore.expires);
  } else if (restoreState(restore, now) === 'none') {
    reportRestoreExpired(origin, service, object);
    service.versions.change(object, { restore: undefined });
    service.restores.remove(seq);
  } else {
    service.restores.set(seq, restore.expires);
  }
}
