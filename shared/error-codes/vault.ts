import type { ErrorFacts } from './error-facts.ts';

/** Of what lies in the vault, its journal, and rebuilding the catalog from it. */
export const vaultCodes = {
  // Vault
  VAULT_OBJECT_DAMAGED: {
    status: 500,
    retry: 'permanent',
    hint: 'The object named is not what was stored: restore from another recovery point and report it.',
  },
  VAULT_OBJECT_MISSING: {
    status: 500,
    retry: 'permanent',
    hint: 'The object named is not in the vault: restore from another recovery point and report it.',
  },
  VAULT_OBJECT_WRONG_SIZE: {
    status: 500,
    retry: 'permanent',
    hint: 'The object named is shorter or longer than what was stored: restore from another recovery point and report it.',
  },
  VAULT_OBJECT_FROZEN: {
    status: 409,
    retry: 'permanent',
    hint: 'The object lies in an archive class and cannot be read yet: the service thaws it, and orders the restore again.',
  },
  VAULT_ACCESS_DENIED: {
    status: 500,
    retry: 'permanent',
    hint: 'The vault refuses what the service signed: see the bucket policy, the key policy and the rights of the function that signs.',
  },
  VAULT_DELETE_REFUSED: {
    status: 500,
    retry: 'permanent',
    hint: 'What is to be deleted is not locked, and S3 refuses all the same: compare the policy of the bucket and the role of delete-objects with the template.',
  },
  VAULT_FORMAT_UNSUPPORTED: {
    status: 500,
    retry: 'permanent',
    hint: 'Written by a newer version: upgrade this side.',
  },
  VAULT_PATH_UNSAFE: {
    status: 500,
    retry: 'permanent',
    hint: 'The manifest names a path outside its folder: do not use this recovery point, report it.',
  },
  JOURNAL_FORKED: {
    status: 500,
    retry: 'permanent',
    hint: 'The vault holds another journal entry with this number: the catalog is from the past, rebuild it before going on.',
  },
  JOURNAL_BROKEN: {
    status: 500,
    retry: 'permanent',
    hint: 'The journal of the mount named is not what was written, or was written by a later version: nothing of that mount is rebuilt from it. Report it.',
  },
  REBUILD_NOT_FOUND: {
    status: 404,
    retry: 'permanent',
    hint: 'A rebuild is known for 90 days by the id that its order was answered with.',
  },
  CATALOG_NOT_EMPTY: {
    status: 409,
    retry: 'permanent',
    hint: 'A catalog from the past is brought up to the vault with `holdfast catalog rebuild --replay`.',
  },
  MOUNT_DIVERGED: {
    status: 503,
    retry: 'transient',
    hint: 'The catalog is older than the vault: nothing of this mount goes on until it is replayed, see JOURNAL_FORKED in docs/runbook.md.',
  },
  MOUNT_NOT_RECONCILED: {
    status: 409,
    retry: 'permanent',
    hint: 'The mount was rebuilt from the vault: compare it and sign it off with POST /v1/mounts/{mountId}/reconciliation; until then nothing of it is deleted.',
  },
  JOURNAL_PENDING: {
    status: 503,
    retry: 'transient',
    hint: 'The change is made but not yet journaled: ask again in a moment.',
  },
} as const satisfies Record<string, ErrorFacts>;
