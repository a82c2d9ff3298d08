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
} from '../../../shared/domain/ids.ts';
import type { Ids } from '../../../shared/ports/ids.ts';

const digits = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

const toBase32 = (value: number): string => {
  const last = digits[value % 32] ?? '0';
  return value < 32 ? last : `${toBase32(Math.floor(value / 32))}${last}`;
};

/** Ids that count up: each is later than the one before, as ULIDs of different milliseconds are. */
export function countingIds(): Ids {
  let count = 0;
  const next = () => {
    count += 1;
    return `01${toBase32(count).padStart(24, '0')}`;
  };
  return {
    store: () => `sto-${next()}` as StoreId,
    mount: () => `mnt-${next()}` as MountId,
    upload: () => next() as UploadId,
    restore: () => `rst-${next()}` as RestoreId,
    request: () => `bkr-${next()}` as RequestId,
    schedule: () => `sch-${next()}` as ScheduleId,
    hold: () => `hld-${next()}` as HoldId,
    alert: () => `alr-${next()}` as AlertId,
    command: () => `cmd-${next()}` as CommandId,
    credential: () => `key-${next()}` as CredentialId,
    secret: () => `secret-${next()}`,
  };
}
