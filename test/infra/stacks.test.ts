import { readdirSync } from 'node:fs';
import { Match } from 'aws-cdk-lib/assertions';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { functionNames } from '../../infra/bundle.ts';
import { functionTable } from '../../infra/function-table.ts';
import type { RouteContract } from '../../shared/contracts/route.ts';
import { routes } from '../../shared/contracts/routes.ts';
import { errorCodes } from '../../shared/errors.ts';
import { type SynthesizedStacks, synthesizeStacks } from './synthesized.ts';

interface Statement {
  Sid?: string;
  Effect: string;
  Action: string | string[];
  Resource: unknown;
  Condition?: Record<string, Record<string, unknown>>;
}
let stacks: SynthesizedStacks;
let stateful: SynthesizedStacks['stateful'];
let stateless: SynthesizedStacks['stateless'];

beforeAll(() => {
  stacks = synthesizeStacks();
  ({ stateful, stateless } = stacks);
});
afterAll(() => stacks.remove());

describe('the stateful stack', () => {
  it('has a versioned bucket, encrypted with bucket keys, closed to the public', () => {
    stateful.hasResourceProperties('AWS::S3::Bucket', {
      VersioningConfiguration: { Status: 'Enabled' },
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [
          { BucketKeyEnabled: true, ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' } },
        ],
      },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      LifecycleConfiguration: Match.absent(),
    });
  });

  it('denies everyone what would break the vault', () => {
    const [policy] = Object.values(stateful.findResources('AWS::S3::BucketPolicy'));
    const statements = policy?.Properties.PolicyDocument.Statement as Statement[];
    const denies = new Map(
      statements.filter(({ Effect }) => Effect === 'Deny').map((deny) => [deny.Sid, deny]),
    );

    expect(statements.some(({ Condition }) => Condition?.Bool?.['aws:SecureTransport'] === 'false')).toBe(
      true,
    );
    expect(denies.get('PutsAreConditional')?.Condition).toEqual({ Null: { 's3:if-none-match': 'true' } });
    expect(denies.get('NoCopies')?.Condition).toEqual({ Null: { 's3:x-amz-copy-source': 'false' } });
    expect(denies.get('NoDeleteMarkers')?.Action).toBe('s3:DeleteObject');
    expect(denies.get('OneRoleDeletes')?.Action).toBe('s3:DeleteObjectVersion');
    expect(denies.get('OnlyUploadsAreDeleted')?.Action).toBe('s3:DeleteObjectVersion');
    expect(denies.get('OnlyPacksAreTagged')?.Action).toEqual([
      's3:PutObjectTagging',
      's3:PutObjectVersionTagging',
    ]);
    expect(denies.get('SignedUrlsAreFresh')?.Condition?.NumericGreaterThan).toEqual({
      's3:signatureAge': 900_000,
    });
    expect(statements.every(({ Effect }) => Effect === 'Deny')).toBe(true);
  });

  it('has a protected catalog table, paid per request, that can go back in time', () => {
    stateful.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      BillingMode: 'PAY_PER_REQUEST',
      Replicas: [
        Match.objectLike({
          DeletionProtectionEnabled: true,
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        }),
      ],
    });
  });
});

describe('the stateless stack', () => {
  it('has a route for every contract, with the authorizer before all that are not public', () => {
    const found = Object.values(stateless.findResources('AWS::ApiGatewayV2::Route')).map(
      ({ Properties }) => `${Properties.RouteKey} ${Properties.AuthorizationType}`,
    );
    const expected = Object.values<RouteContract>(routes).map(
      ({ method, path, roles }) => `${method} ${path} ${roles === 'public' ? 'NONE' : 'CUSTOM'}`,
    );

    expect(found.sort()).toEqual(expected.sort());
  });

  it('reuses an answer of the authorizer for a minute at most', () => {
    stateless.hasResourceProperties('AWS::ApiGatewayV2::Authorizer', {
      AuthorizerResultTtlInSeconds: 60,
      EnableSimpleResponses: true,
      IdentitySource: ['$request.header.Authorization'],
    });
  });

  it('describes every function that there is', () => {
    expect(Object.keys(functionTable).sort()).toEqual(functionNames().sort());
  });

  it('runs every function on Node 24 and arm64, with a log group of limited retention', () => {
    const functions = Object.values(stateless.findResources('AWS::Lambda::Function'));

    expect(functions).toHaveLength(functionNames().length);
    for (const { Properties } of functions) {
      expect(Properties).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'] });
      expect(Properties.LoggingConfig.LogGroup).toBeDefined();
    }
    for (const { Properties } of Object.values(stateless.findResources('AWS::Logs::LogGroup'))) {
      expect(Properties.RetentionInDays).toBe(30);
    }
  });

  it('catches and retries only errors that exist', () => {
    const known = new Set<string>([...errorCodes, ...serviceErrors]);
    const machines = Object.values(stateless.findResources('AWS::StepFunctions::StateMachine'));
    const named = machines.flatMap(({ Properties }) =>
      [...String(Properties.DefinitionString).matchAll(/"ErrorEquals": \[([^\]]*)\]/g)].flatMap(
        ([, names = '']) => names.split(',').map((name) => name.trim().replaceAll('"', '')),
      ),
    );

    expect(machines).toHaveLength(readdirSync('statemachines').length);
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });

  it('gives every task state a deadline', () => {
    for (const { Properties } of Object.values(stateless.findResources('AWS::StepFunctions::StateMachine'))) {
      const definition = String(Properties.DefinitionString).replace(/\$\{\w+\}/g, 'x');
      const { States, TimeoutSeconds } = JSON.parse(definition) as {
        States: Record<string, { Type: string; TimeoutSeconds?: number; Retry?: unknown[] }>;
        TimeoutSeconds?: number;
      };
      expect(TimeoutSeconds).toBeGreaterThan(0);
      for (const [name, state] of Object.entries(States).filter(([, { Type }]) => Type === 'Task')) {
        expect(`${name} ${typeof state.TimeoutSeconds}`).toBe(`${name} number`);
        expect(state.Retry?.length).toBeGreaterThan(0);
      }
    }
  });
});

/** Error names of Step Functions and Lambda that the definitions may use; see the service's documentation. */
const serviceErrors = [
  'States.ALL',
  'States.HeartbeatTimeout',
  'States.Timeout',
  'Lambda.ServiceException',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
  'Lambda.TooManyRequestsException',
  'Lambda.Unknown',
  'Sandbox.Timedout',
];
