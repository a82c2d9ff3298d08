import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { describe, expect, it } from 'vitest';
import { SignatureError } from '../../../local/sigv4/signature-error.ts';
import {
  jsonServiceErrorName,
  type SignedRequest,
  verifySignedRequest,
} from '../../../local/sigv4/verify-signed-request.ts';

const CREDENTIAL = {
  accessKeyId: 'AKIALOCAL',
  secretAccessKey: 'secret',
  principalArn: 'arn:aws:iam::1:role/A',
};
const REGION = 'eu-central-1';

interface SentRequest {
  readonly method: string;
  readonly path: string;
  readonly query?: Record<string, string>;
  readonly headers: Record<string, string>;
  readonly body?: string | Uint8Array;
}

/** What the SDK's own signer makes of a command, as a server sees it. */
async function signedBySdk(send: (config: object) => Promise<unknown>): Promise<SignedRequest> {
  let sent: SentRequest | undefined;
  const requestHandler = {
    async handle(request: SentRequest) {
      sent = request;
      throw new Error('captured');
    },
  };
  const config = {
    endpoint: 'http://127.0.0.1:1',
    region: REGION,
    credentials: CREDENTIAL,
    maxAttempts: 1,
    requestHandler,
  };
  await send(config).catch(() => {});
  if (sent === undefined) throw new Error('The SDK sent no request');
  const query = new URLSearchParams(sent.query).toString();
  return {
    method: sent.method,
    target: query === '' ? sent.path : `${sent.path}?${query}`,
    headers: Object.fromEntries(
      Object.entries(sent.headers).map(([name, value]) => [name.toLowerCase(), value]),
    ),
    body: Buffer.from(sent.body ?? ''),
  };
}

const SERVICES: readonly [string, (config: object) => Promise<unknown>][] = [
  [
    'states',
    (config) =>
      new SFNClient(config).send(new StartExecutionCommand({ stateMachineArn: 'arn:x', input: '{"ü":1}' })),
  ],
  [
    'events',
    (config) => new EventBridgeClient(config).send(new PutEventsCommand({ Entries: [{ Source: 'x' }] })),
  ],
  [
    'lambda',
    (config) =>
      new LambdaClient(config).send(
        new InvokeCommand({
          FunctionName: 'arn:aws:lambda:eu-central-1:123456789012:function:commit',
          Qualifier: 'live',
          Payload: Buffer.from('{}'),
        }),
      ),
  ],
];

describe.each(SERVICES)('a request of the SDK to %s', (service, send) => {
  const expected = (now = Date.now()) => ({ service, region: REGION, credentials: [CREDENTIAL], now });

  it('is verified, path and query encoded as this service signs them', async () => {
    const request = await signedBySdk(send);

    expect(verifySignedRequest(request, expected())).toBe(CREDENTIAL);
  });

  it.each<[string, string, (request: SignedRequest) => SignedRequest]>([
    ['another body', 'InvalidSignatureException', (r) => ({ ...r, body: Buffer.from('{"more":1}') })],
    ['another path', 'InvalidSignatureException', (r) => ({ ...r, target: `/more${r.target}` })],
    ['another method', 'InvalidSignatureException', (r) => ({ ...r, method: 'PUT' })],
    [
      'a header added',
      'InvalidSignatureException',
      (r) => ({ ...r, headers: { ...r.headers, 'x-amz-added': 'x' } }),
    ],
    [
      'no signature',
      'MissingAuthenticationTokenException',
      ({ headers: { authorization: _removed, ...headers }, ...r }) => ({ ...r, headers }),
    ],
    [
      'a signature that cannot be read',
      'IncompleteSignatureException',
      (r) => ({ ...r, headers: { ...r.headers, authorization: 'Bearer x' } }),
    ],
    [
      'a session token',
      'UnrecognizedClientException',
      (r) => ({ ...r, headers: { ...r.headers, 'x-amz-security-token': 'x' } }),
    ],
  ])('is refused with %s as %s', async (_title, name, change) => {
    const request = change(await signedBySdk(send));

    const error = catchError(() => verifySignedRequest(request, expected()));

    expect(jsonServiceErrorName(error)).toBe(name);
  });

  it('is refused for another service, an unknown key, another secret, and a clock 16 minutes off', async () => {
    const request = await signedBySdk(send);
    const verify = (changed: object) => () => verifySignedRequest(request, { ...expected(), ...changed });
    const other = { ...CREDENTIAL, secretAccessKey: 'other' };

    expect(catchError(verify({ service: 'sts' })).fault).toBe('wrong-scope');
    expect(catchError(verify({ region: 'us-east-1' })).fault).toBe('wrong-scope');
    expect(catchError(verify({ credentials: [] })).fault).toBe('unknown-key');
    expect(catchError(verify({ credentials: [other] })).fault).toBe('mismatch');
    expect(catchError(verify({ now: Date.now() + 16 * 60_000 })).fault).toBe('skewed');
  });
});

function catchError(run: () => unknown): SignatureError {
  try {
    run();
  } catch (error) {
    if (error instanceof SignatureError) return error;
    throw error;
  }
  throw new Error('The request was not refused');
}
