import type { ErrorFacts } from './error-facts.ts';

/** Of any request: its form, its caller, its route. */
export const requestCodes = {
  REQUEST_INVALID: {
    status: 400,
    retry: 'permanent',
    hint: 'Correct the fields named in `issues` and send the request again.',
  },
  MEDIA_TYPE_UNSUPPORTED: {
    status: 415,
    retry: 'permanent',
    hint: 'Send the body as JSON in UTF-8, uncompressed, with Content-Type: application/json.',
  },
  EXPIRE_INVALID: {
    status: 400,
    retry: 'permanent',
    hint: 'Write expire as "never" or as #w #d #h #m, for example "2w 3d" (m is minutes).',
  },
  POLICY_INVALID: {
    status: 400,
    retry: 'permanent',
    hint: 'Correct the setting that the message names; docs/retention.md explains each.',
  },
  THRESHOLDS_INVALID: {
    status: 400,
    retry: 'permanent',
    hint: 'Write both ages as #w #d #h #m, for example warning "1d 2h" and critical "2d 2h", the first not later than the second.',
  },
  UNAUTHENTICATED: {
    status: 401,
    retry: 'permanent',
    hint: 'Send an API key or store token in the Authorization header.',
  },
  FORBIDDEN: {
    status: 403,
    retry: 'permanent',
    hint: 'Use a credential whose role is listed for this route in the API document.',
  },
  ROUTE_NOT_FOUND: { status: 404, retry: 'permanent', hint: 'See GET /v1/openapi.json for the routes.' },
  IDEMPOTENCY_KEY_REUSED: {
    status: 409,
    retry: 'permanent',
    hint: 'Use a new Idempotency-Key for a different request.',
  },
  PAGE_CURSOR_INVALID: { status: 400, retry: 'permanent', hint: 'Start the list again without a cursor.' },
} as const satisfies Record<string, ErrorFacts>;
