import { describe, expect, it } from 'vitest';
import { readCloudAssembly } from '../../../local/cloudformation/cloud-assembly.ts';
import { type Deployment, resolveDeployment } from '../../../local/cloudformation/deployment.ts';
import { stacksOf, writeAssembly } from './assembly-folder.ts';

const deploy = (template: object, name?: string): Deployment => resolveDeployment(stacksOf(template, name));
const resourceOf = (deployment: Deployment, logicalId: string) =>
  deployment.resources.find((resource) => resource.logicalId === logicalId);

describe('physical names', () => {
  it('are given by the template, functions resolved', () => {
    const deployment = deploy({
      Resources: {
        Vault: {
          Type: 'AWS::S3::Bucket',
          Properties: { BucketName: { 'Fn::Sub': `vault-\${AWS::AccountId}-\${AWS::Region}` } },
        },
      },
    });

    expect(resourceOf(deployment, 'Vault')).toMatchObject({
      name: 'vault-123456789012-us-east-1',
      attributes: { Arn: 'arn:aws:s3:::vault-123456789012-us-east-1' },
    });
  });

  it('are the same at every start, keep to the limits of their type and differ between resources', () => {
    const longId = (last: string) => `${'VeryLong'.repeat(10)}${last}`;
    const template = {
      Resources: {
        [longId('A')]: { Type: 'AWS::S3::Bucket' },
        [longId('B')]: { Type: 'AWS::S3::Bucket' },
        Fn: { Type: 'AWS::Lambda::Function' },
        Api: { Type: 'AWS::ApiGatewayV2::Api' },
      },
    };
    const names = (): string[] =>
      deploy(template, 'HoldfastStack').resources.map((resource) => resource.name);

    const [bucketA, bucketB, fn, api] = names();

    expect(names()).toEqual([bucketA, bucketB, fn, api]);
    expect(bucketA).toMatch(/^holdfaststack-verylong[a-z-]*-[0-9a-f]{12}$/);
    expect(bucketA).toHaveLength(63);
    expect(bucketB).not.toBe(bucketA);
    expect(fn).toMatch(/^HoldfastStack-Fn-[0-9a-f]{12}$/);
    expect(api).toMatch(/^[0-9a-f]{10}$/);
  });

  it('are refused when two resources would share one', () => {
    const bucket = { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'same' } };

    expect(() => deploy({ Resources: { A: bucket, B: bucket } })).toThrow(
      /App\/B has the same name as App\/A/,
    );
  });
});

describe('references', () => {
  it('across stacks go by exports, whatever order the manifest has', () => {
    const directory = writeAssembly({
      Later: {
        dependencies: ['Earlier', 'Earlier.assets'],
        template: {
          Resources: {
            Fn: {
              Type: 'AWS::Lambda::Function',
              Properties: { Environment: { Variables: { TABLE: { 'Fn::ImportValue': 'Earlier:Table' } } } },
            },
          },
        },
      },
      Earlier: {
        template: {
          Resources: { Table: { Type: 'AWS::DynamoDB::GlobalTable', Properties: { TableName: 'catalog' } } },
          Outputs: { Table: { Value: { Ref: 'Table' }, Export: { Name: 'Earlier:Table' } } },
        },
      },
    });

    const deployment = resolveDeployment(readCloudAssembly(directory));

    expect(resourceOf(deployment, 'Fn')?.properties).toEqual({
      Environment: { Variables: { TABLE: 'catalog' } },
    });
    expect(deployment.outputs).toEqual({ Earlier: { Table: 'catalog' }, Later: {} });
  });

  it('to exports that nobody made are refused', () => {
    const template = { Resources: {}, Outputs: { X: { Value: { 'Fn::ImportValue': 'Nobody:Made' } } } };

    expect(() => deploy(template)).toThrow('App output X: no stack before this one exports Nobody:Made');
  });

  it('to what the template does not have are refused', () => {
    const template = {
      Resources: {
        Fn: { Type: 'AWS::Lambda::Function', Properties: { Role: { 'Fn::GetAtt': ['Gone', 'Arn'] } } },
      },
    };

    expect(() => deploy(template)).toThrow('Stack App: Fn refers to Gone, which the template does not have');
  });

  it('that run in a circle are refused, as a deployment would fail', () => {
    const template = {
      Resources: {
        Fn: { Type: 'AWS::Lambda::Function', DependsOn: ['Policy'] },
        Policy: { Type: 'AWS::IAM::Policy', Properties: { Resource: { Ref: 'Machine' } } },
        Machine: {
          Type: 'AWS::StepFunctions::StateMachine',
          Properties: { DefinitionString: { 'Fn::Sub': `{"FunctionName": "\${Fn.Arn}"}` } },
        },
      },
    };

    expect(() => deploy(template)).toThrow(
      /circular dependency between resources: Fn → Policy → Machine → Fn/,
    );
  });

  it('to attributes that are not known are refused by name', () => {
    const template = {
      Resources: { Table: { Type: 'AWS::DynamoDB::Table' } },
      Outputs: { Stream: { Value: { 'Fn::GetAtt': ['Table', 'StreamArn'] } } },
    };

    expect(() => deploy(template)).toThrow(
      /attribute StreamArn of Table \(AWS::DynamoDB::Table\) is not known/,
    );
  });
});

describe('parameters and conditions', () => {
  it('take default values and leave out resources whose condition is not met', () => {
    const deployment = deploy({
      Parameters: { Stage: { Type: 'String', Default: 'dev' } },
      Conditions: {
        IsProd: { 'Fn::Equals': [{ Ref: 'Stage' }, 'prod'] },
        IsNotProd: { 'Fn::Not': [{ Condition: 'IsProd' }] },
      },
      Resources: {
        Prod: { Type: 'AWS::S3::Bucket', Condition: 'IsProd' },
        Dev: { Type: 'AWS::S3::Bucket', Condition: 'IsNotProd' },
      },
      Outputs: { Name: { Condition: 'IsProd', Value: { Ref: 'Prod' } } },
    });

    expect(deployment.resources.map((resource) => resource.logicalId)).toEqual(['Dev']);
    expect(deployment.outputs).toEqual({ App: {} });
  });

  it('without a default value are refused when they are used', () => {
    const template = {
      Parameters: { P: { Type: 'String' } },
      Resources: {},
      Outputs: { O: { Value: { Ref: 'P' } } },
    };

    expect(() => deploy(template)).toThrow('App output O: parameter P has no default value');
  });
});

describe('a template', () => {
  it('with an unsupported resource type is refused, saying what to do', () => {
    expect(() => deploy({ Resources: { Cache: { Type: 'AWS::ElastiCache::CacheCluster' } } })).toThrow(
      /App\/Cache: resource type AWS::ElastiCache::CacheCluster is not supported by the local AWS: remove it/,
    );
  });

  it('with an unknown section is refused', () => {
    expect(() => deploy({ Resources: {}, Mappings: {} })).toThrow(
      /App.template.json cannot be used[\s\S]*Mappings/,
    );
  });
});

describe('a cloud assembly', () => {
  it('places everything where CDK was told to deploy it', () => {
    const template = {
      Resources: {},
      Outputs: { Where: { Value: { 'Fn::Sub': `\${AWS::AccountId}/\${AWS::Region}` } } },
    };
    const environment = 'aws://111122223333/eu-central-1';

    const deployment = resolveDeployment(
      readCloudAssembly(writeAssembly({ App: { template, environment } })),
    );

    expect(deployment).toMatchObject({ accountId: '111122223333', region: 'eu-central-1' });
    expect(deployment.outputs).toEqual({ App: { Where: '111122223333/eu-central-1' } });
  });

  it('for two regions is refused', () => {
    const stack = (region: string) => ({
      template: { Resources: {} },
      environment: `aws://111122223333/${region}`,
    });
    const stacks = readCloudAssembly(writeAssembly({ A: stack('eu-central-1'), B: stack('us-east-1') }));

    expect(() => resolveDeployment(stacks)).toThrow(/The stacks are for eu-central-1 and us-east-1/);
  });

  it('with stages is refused', () => {
    const directory = writeAssembly({}, { 'assembly-Prod': { type: 'cdk:cloud-assembly' } });

    expect(() => readCloudAssembly(directory)).toThrow(/assembly-Prod is a CDK stage/);
  });

  it('that was not synthesized yet is refused', () => {
    expect(() => readCloudAssembly('/nowhere')).toThrow(/holds no manifest.json: synthesize the app/);
  });
});
