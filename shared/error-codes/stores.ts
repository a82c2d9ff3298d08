import type { ErrorFacts } from './error-facts.ts';

/** Of stores, their credentials, and mounts. */
export const storeCodes = {
  // Stores and credentials
  STORE_NOT_FOUND: { status: 404, retry: 'permanent', hint: 'List the stores with GET /v1/stores.' },
  STORE_NAME_TAKEN: { status: 409, retry: 'permanent', hint: 'Choose another name.' },
  STORE_NOT_ACTIVE: {
    status: 409,
    retry: 'permanent',
    hint: 'Activate the store with a fresh activation code first.',
  },
  ACTIVATION_REFUSED: {
    status: 403,
    retry: 'permanent',
    hint: 'The code is wrong, used or out of date: an admin makes a new one with POST /v1/stores/{storeId}/activation-codes.',
  },
  ACTIVATION_STORE_MISMATCH: {
    status: 409,
    retry: 'permanent',
    hint: 'The code was not used: use it with an empty data directory, or make one for the store that this one belongs to.',
  },
  STORE_FORKED: {
    status: 409,
    retry: 'permanent',
    hint: 'Stop all gateways of this store but the right one; an admin makes a code with POST /v1/stores/{storeId}/activation-codes, and the gateway that activates with it goes on.',
  },
  STORE_REPLACED: {
    status: 403,
    retry: 'permanent',
    hint: 'Another gateway was activated for this store. If this one is to go on, an admin makes a new activation code for it.',
  },
  POLL_OUTDATED: { status: 409, retry: 'transient', hint: 'A later poll was answered: go on from that one.' },
  CREDENTIAL_NOT_FOUND: {
    status: 404,
    retry: 'permanent',
    hint: 'List the credentials with GET /v1/credentials.',
  },
  GATEWAY_TOO_OLD: {
    status: 409,
    retry: 'permanent',
    hint: 'Upgrade the gateway of this store: the service does not speak its version of the protocol any more.',
  },
  SERVICE_TOO_OLD: {
    status: 409,
    retry: 'permanent',
    hint: 'Upgrade the service: the gateway does not speak its version of the protocol any more.',
  },
  CAPABILITY_MISSING: {
    status: 409,
    retry: 'permanent',
    hint: 'Upgrade the gateway of the store, or set it up so that it can; GET /v1/stores/{storeId} lists what it can do.',
  },
  STORE_STATE_CONFLICT: {
    status: 409,
    retry: 'permanent',
    hint: 'See its state with GET /v1/stores/{storeId}. A store that is decommissioning can be taken back with POST /v1/stores/{storeId}/recommission.',
  },
  // Mounts
  MOUNT_NOT_FOUND: { status: 404, retry: 'permanent', hint: 'List the mounts with GET /v1/mounts.' },
  MOUNT_NAME_TAKEN: {
    status: 409,
    retry: 'permanent',
    hint: 'Choose another name: a store cannot have two mounts of one name.',
  },
  MOUNT_STATE_CONFLICT: {
    status: 409,
    retry: 'permanent',
    hint: 'See its state with GET /v1/mounts/{mountId}. A mount that is marked for delete can be taken back with POST /v1/mounts/{mountId}/unmark until it is gone.',
  },
  RETIREMENT_NOT_CONFIRMED: {
    status: 400,
    retry: 'permanent',
    hint: 'Type the name of the mount or store as `confirmName`: all of its backups would go, the last ones too.',
  },
  MOUNT_BUSY: {
    status: 409,
    retry: 'transient',
    hint: 'Wait for the end of what uses the mount. A backup that was begun and will never be finished is given up with ?abandonBackup=true.',
  },
} as const satisfies Record<string, ErrorFacts>;
