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
} from '../domain/ids.ts';

/** The only source of ids and secrets. */
export interface Ids {
  store(): StoreId;
  mount(): MountId;
  upload(): UploadId;
  restore(): RestoreId;
  request(): RequestId;
  schedule(): ScheduleId;
  hold(): HoldId;
  alert(): AlertId;
  command(): CommandId;
  credential(): CredentialId;
  /** 256 random bits as base64url text. */
  secret(): string;
}
