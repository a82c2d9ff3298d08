/**
 * What the local AWS services offer to each other inside one process. Applications never see these types:
 * they talk to the services over loopback HTTP through the AWS SDK, as they would talk to AWS.
 */

/** Milliseconds since the epoch. Injected so that tests can move time. */
export type LocalClock = () => number;

/** An access key of a simulated IAM principal. */
export interface LocalCredential {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** ARN of the role or user that the key belongs to, as policies name it. */
  readonly principalArn: string;
  /** Identity policies. Absent: an administrator, allowed everything that no resource policy denies. */
  readonly policies?: readonly PolicyDocument[];
}

export interface PolicyDocument {
  readonly Version?: string;
  readonly Statement: PolicyStatement | readonly PolicyStatement[];
}

/** An IAM statement as CloudFormation templates hold it, all intrinsic functions resolved. */
export interface PolicyStatement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Principal?: unknown;
  readonly NotPrincipal?: unknown;
  readonly Action?: string | readonly string[];
  readonly NotAction?: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly NotResource?: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** A service that listens on loopback. */
export interface LocalService {
  /** Base URL for AWS_ENDPOINT_URL_*, without a trailing slash. */
  readonly endpoint: string;
  close(): Promise<void>;
}

/** An event in EventBridge's envelope. */
export interface EventEnvelope {
  readonly version: '0';
  readonly id: string;
  readonly source: string;
  readonly account: string;
  readonly region: string;
  readonly time: string;
  readonly resources: readonly string[];
  readonly 'detail-type': string;
  readonly detail: unknown;
}

/** Answer of a Lambda invocation, as the Invoke API gives it. */
export interface InvocationResult {
  /** JSON text: the handler's result, or `{errorType, errorMessage, trace}` when functionError is set. */
  readonly payload: string;
  readonly functionError?: 'Unhandled';
}

/**
 * Runs a function by name or ARN with a JSON payload and waits for its end.
 * Rejects with an Error whose `name` is Lambda's (ResourceNotFoundException, TooManyRequestsException,
 * RequestTooLargeException) when the function was not run at all.
 */
export type InvokeFunction = (functionNameOrArn: string, payload: string) => Promise<InvocationResult>;
