import type { ErrorFacts } from './error-facts.ts';

/** Of uploads and commits. */
export const uploadCodes = {
  // Uploads
  UPLOAD_NOT_FOUND: {
    status: 404,
    retry: 'permanent',
    hint: 'Open a new upload with POST /v1/mounts/{mountId}/uploads.',
  },
  UPLOAD_BUSY: {
    status: 409,
    retry: 'transient',
    hint: 'A mount has one open upload at a time: wait for it, or abort it.',
  },
  UPLOAD_FENCED: {
    status: 409,
    retry: 'permanent',
    hint: 'Another upload has taken over: discard this one and open a new upload.',
  },
  UPLOAD_STATE_CONFLICT: {
    status: 409,
    retry: 'permanent',
    hint: 'Read the upload with GET /v1/uploads/{uploadId} and go on from its state.',
  },
  UPLOAD_DEADLINE_PASSED: { status: 410, retry: 'permanent', hint: 'Open a new upload for the snapshot.' },
  CLOCK_SKEWED: {
    status: 503,
    retry: 'transient',
    hint: 'The clocks of service and S3 differ too much: nothing is decided until they agree.',
  },
  // Commit
  COMMIT_OBJECT_MISSING: {
    status: 409,
    retry: 'permanent',
    hint: 'Upload the objects that the manifest names and commit again.',
  },
  COMMIT_OBJECT_MISMATCH: {
    status: 409,
    retry: 'permanent',
    hint: 'Stored object and manifest differ: upload a corrected manifest and commit again.',
  },
  COMMIT_REFERENCE_INVALID: {
    status: 409,
    retry: 'permanent',
    hint: "Reference only own objects and objects in the parent's tables.",
  },
  COMMIT_PARENT_GONE: {
    status: 409,
    retry: 'permanent',
    hint: 'Open a new upload: the parent is no longer live.',
  },
  COMMIT_CONFLICT: {
    status: 409,
    retry: 'transient',
    hint: 'Another change of the mount came first: try again.',
  },
  DATA_KEY_CONFLICT: {
    status: 409,
    retry: 'permanent',
    hint: 'Read the data keys of the mount: what is stored there already is used.',
  },
} as const satisfies Record<string, ErrorFacts>;
