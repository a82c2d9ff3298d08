import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAnnounceRecoveryPoint } from '../../functions/announce-recovery-point/handler.ts';
import { createArchivePacks } from '../../functions/archive-packs/handler.ts';
import { createAuditMount } from '../../functions/audit-mount/handler.ts';
import { createBeginReclaim } from '../../functions/begin-reclaim/handler.ts';
import { createBuildFileMap } from '../../functions/build-file-map/handler.ts';
import { createDeleteObjects } from '../../functions/delete-objects/handler.ts';
import { createEndRestore } from '../../functions/end-restore/handler.ts';
import { createExpirePoints } from '../../functions/expire-points/handler.ts';
import { createFindAudits } from '../../functions/find-audits/handler.ts';
import { createFindDeletions } from '../../functions/find-deletions/handler.ts';
import { createFindDueMounts } from '../../functions/find-due-mounts/handler.ts';
import { createFollowRequest } from '../../functions/follow-request/handler.ts';
import { createHandOverRestore } from '../../functions/hand-over-restore/handler.ts';
import { createJudgeRecoverability } from '../../functions/judge-recoverability/handler.ts';
import { createLockObjects } from '../../functions/lock-objects/handler.ts';
import { createPlanRetention } from '../../functions/plan-retention/handler.ts';
import { createReadLogs } from '../../functions/read-logs/handler.ts';
import { createRebuildCatalog } from '../../functions/rebuild-catalog/handler.ts';
import { createRecordRecoveryPoint } from '../../functions/record-recovery-point/handler.ts';
import { createRefuseCommit } from '../../functions/refuse-commit/handler.ts';
import { createStoreJournal } from '../../functions/store-journal/handler.ts';
import { createVerifyManifest } from '../../functions/verify-manifest/handler.ts';
import { createVerifyObjects } from '../../functions/verify-objects/handler.ts';
import type { Handler } from '../local/stepfunctions/handlers.ts';
import { openLocal } from '../local/stepfunctions/harness.ts';
import { lambdaContext } from '../support/http-event.ts';
import { createMemoryService } from '../support/memory-service.ts';

const root = join(import.meta.dirname, '..', '..');

/** Called before each run of a task; throws what the run shall fail with. */
export type BeforeTask = (task: string) => void;

/** The workflows of the product on the local Step Functions, their tasks over the memory adapters. */
export async function openWorkflows(
  beforeTask: BeforeTask = () => {},
  {
    lockMode = 'none',
    archiveClass = 'none',
  }: { readonly lockMode?: string; readonly archiveClass?: 'none' | 'GLACIER' } = {},
) {
  const service = createMemoryService();
  const tasks = {
    VerifyManifestArn: createVerifyManifest(service),
    VerifyObjectsArn: createVerifyObjects(service),
    LockObjectsArn: createLockObjects({ ...service, lock: { mode: 'compliance', days: 30 } }),
    ReadLogsArn: createReadLogs(service),
    BuildFileMapArn: createBuildFileMap(service),
    JudgeRecoverabilityArn: createJudgeRecoverability(service),
    RecordRecoveryPointArn: createRecordRecoveryPoint(service),
    StoreJournalArn: createStoreJournal(service),
    AnnounceRecoveryPointArn: createAnnounceRecoveryPoint(service),
    RefuseCommitArn: createRefuseCommit(service),
    FollowRequestArn: createFollowRequest({ ...service, pollSeconds: 30 }),
    HandOverRestoreArn: createHandOverRestore(service),
    EndRestoreArn: createEndRestore(service),
    RebuildCatalogArn: createRebuildCatalog(service),
    FindDueMountsArn: createFindDueMounts(service),
    PlanRetentionArn: createPlanRetention(service),
    ExpirePointsArn: createExpirePoints(service),
    FindDeletionsArn: createFindDeletions(service),
    BeginReclaimArn: createBeginReclaim(service),
    DeleteObjectsArn: createDeleteObjects(service),
    FindAuditsArn: createFindAudits(service),
    AuditMountArn: createAuditMount(service),
    ArchivePacksArn: createArchivePacks({
      ...service,
      ...{ maxUsd: 100, thawPollSeconds: 900, region: 'us-east-1' },
      archive: { class: 'GLACIER', coldAfterDays: 30 },
    }),
  };
  const functions = Object.fromEntries(
    Object.entries(tasks).map(([name, task]): [string, Handler] => [
      name,
      (payload) => {
        beforeTask(name);
        return task(payload as never, lambdaContext as never);
      },
    ]),
  );
  const local = await openLocal({ functions });
  const machines = {
    commit: putMachine(local, 'commit-upload', { lockMode }),
    restore: putMachine(local, 'restore-staging', { archiveClass }),
    request: putMachine(local, 'backup-request'),
    rebuild: putMachine(local, 'rebuild-catalog'),
    retention: putMachine(local, 'retention'),
    reclaim: putMachine(local, 'reclaim'),
    audit: putMachine(local, 'audit', { coldAfterDays: archiveClass === 'none' ? '0' : '30' }),
  };
  return { service, local, machines };
}

type Local = Awaited<ReturnType<typeof openLocal>>;

function putMachine(
  local: Local,
  name: string,
  { lockMode = 'none', archiveClass = 'none', coldAfterDays = '0' } = {},
): string {
  const file = readFileSync(join(root, 'statemachines', `${name}.asl.json`), 'utf8');
  // As CDK does, with the tasks' names in place of their ARNs.
  const definition = file
    .replace(/\$\{LockMode\}/, lockMode)
    .replace(/\$\{ArchiveClass\}/, archiveClass)
    .replace(/\$\{ColdAfterDays\}/, coldAfterDays)
    .replace(/\$\{StoreHeartbeatSeconds\}/, '300')
    .replace(/\$\{(\w+)\}/g, '$1');
  return local.service.putStateMachine({ name, definition, roleArn: 'arn:aws:iam::000000000000:role/test' });
}
