/** Branded ids: a MountId cannot be passed where a StoreId is meant. */
declare const brand: unique symbol;
type Id<Name extends string> = string & { readonly [brand]: Name };

export type StoreId = Id<'store'>;
export type MountId = Id<'mount'>;
/** A bare ULID. A recovery point has the id of its upload. */
export type UploadId = Id<'upload'>;
export type RestoreId = Id<'restore'>;
export type RequestId = Id<'request'>;
export type ScheduleId = Id<'schedule'>;
export type HoldId = Id<'hold'>;
export type AlertId = Id<'alert'>;
export type CommandId = Id<'command'>;
export type CredentialId = Id<'credential'>;

const ulid = '[0-7][0-9A-HJKMNP-TV-Z]{25}';

/** Patterns of the ids as they stand in keys, URLs and JSON. */
export const idPatterns = {
  store: new RegExp(`^sto-${ulid}$`),
  mount: new RegExp(`^mnt-${ulid}$`),
  upload: new RegExp(`^${ulid}$`),
  restore: new RegExp(`^rst-${ulid}$`),
  request: new RegExp(`^bkr-${ulid}$`),
  schedule: new RegExp(`^sch-${ulid}$`),
  hold: new RegExp(`^hld-${ulid}$`),
  alert: new RegExp(`^alr-${ulid}$`),
  command: new RegExp(`^cmd-${ulid}$`),
  credential: new RegExp(`^key-${ulid}$`),
} as const;
