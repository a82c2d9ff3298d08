import { randomBytes } from 'node:crypto';
import { ulid } from 'ulid';
import type {
  AlertId,
  CommandId,
  CredentialId,
  HoldId,
  MountId,
  RequestId,
  RestoreId,
  ScheduleId,
  StoreId,
  UploadId,
} from '../../domain/ids.ts';
import type { Ids } from '../../ports/ids.ts';

/** ULIDs of the machine's clock and random bits of its operating system. */
export const systemIds: Ids = {
  store: () => `sto-${ulid()}` as StoreId,
  mount: () => `mnt-${ulid()}` as MountId,
  upload: () => ulid() as UploadId,
  restore: () => `rst-${ulid()}` as RestoreId,
  request: () => `bkr-${ulid()}` as RequestId,
  schedule: () => `sch-${ulid()}` as ScheduleId,
  hold: () => `hld-${ulid()}` as HoldId,
  alert: () => `alr-${ulid()}` as AlertId,
  command: () => `cmd-${ulid()}` as CommandId,
  credential: () => `key-${ulid()}` as CredentialId,
  secret: () => randomBytes(32).toString('base64url'),
};
