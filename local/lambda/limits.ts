/** Lambda's quotas, https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */

/** Request payload of a synchronous invocation: 6 MiB. */
export const SYNC_REQUEST_BYTES = 6_291_456;

/** Response payload: 6 MiB plus 100 bytes, the number Lambda names in its own error message. */
export const RESPONSE_BYTES = 6_291_556;

/** Payload of an event invocation: 1 MiB. */
export const EVENT_REQUEST_BYTES = 1_048_576;

/** Body of the operations that carry code: 50 MB of zip in base64, the number Lambda names in its own error message. */
export const CODE_REQUEST_BYTES = 70_167_211;

/** A deployment package, uploaded directly. */
export const ZIPPED_CODE_BYTES = 52_428_800;

/** A deployment package, unzipped. */
export const UNZIPPED_CODE_BYTES = 262_144_000;

/** All packages of an account and region: 75 GB. */
export const CODE_STORAGE_BYTES = 80_530_636_800;

/** All environment variables of a function, as JSON. */
export const ENVIRONMENT_BYTES = 4096;

/** The init phase; a longer one is started again at the function's own cost. */
export const INIT_TIMEOUT_MS = 10_000;

/** What `LogType: Tail` returns. */
export const LOG_TAIL_BYTES = 4096;

export const MEMORY_MIB = { min: 128, max: 10_240 };

export const TIMEOUT_SECONDS = { min: 1, max: 900 };

/** Retries of an event invocation after a function error; the most is the default. */
export const EVENT_RETRIES = { min: 0, max: 2 };

/** How long an event waits and is retried; the longest, six hours, is the default. */
export const EVENT_AGE_SECONDS = { min: 60, max: 21_600 };
