import type { ErrorFacts } from './error-facts.ts';

/** Of recovery points and restores. */
export const restoreCodes = {
  // Recovery points and restores
  RECOVERY_POINT_NOT_FOUND: {
    status: 404,
    retry: 'permanent',
    hint: 'List the recovery points with GET /v1/recovery-points?mountId=…',
  },
  RECOVERY_POINT_PROTECTED: {
    status: 409,
    retry: 'permanent',
    hint: 'The message says what protects it; GET /v1/recovery-points/{recoveryPointId}/why explains it.',
  },
  RECOVERY_POINT_LOCKED: {
    status: 409,
    retry: 'permanent',
    hint: 'A locked point may be kept longer, never shorter: wait for the end of the lock.',
  },
  RECOVERY_POINT_STATE_CONFLICT: {
    status: 409,
    retry: 'permanent',
    hint: 'See its state with GET /v1/recovery-points/{recoveryPointId}; what is being reclaimed cannot be brought back.',
  },
  ALERT_NOT_FOUND: { status: 404, retry: 'permanent', hint: 'List the alerts with GET /v1/alerts.' },
  HOLD_NOT_FOUND: { status: 404, retry: 'permanent', hint: 'List the holds with GET /v1/holds.' },
  PLAN_NOT_FOUND: {
    status: 404,
    retry: 'permanent',
    hint: 'List the plans with GET /v1/mounts/{mountId}/retention-plans.',
  },
  PLAN_NEEDS_CONSENT: {
    status: 409,
    retry: 'permanent',
    hint: 'It would expire more of the mount than may expire in a day. Read it; if it is meant, an admin consents to it with POST …/retention-plans/{sha256}/consent.',
  },
  PLAN_OUTDATED: { status: 409, retry: 'permanent', hint: 'Make a new plan.' },
  RETENTION_INCOMPLETE: {
    status: 500,
    retry: 'transient',
    hint: 'Some mounts could not be looked at: the next run takes them up again. See the log of the function for each.',
  },
} as const satisfies Record<string, ErrorFacts>;
