import { describe, expect, it } from 'vitest';
import { readPlan } from '../../../local/assembly/plan.ts';
import { writeAssembly } from '../cloudformation/assembly-folder.ts';

const planOf = (Resources: object) => readPlan(writeAssembly({ App: { template: { Resources } } }));
const resource = (Type: string, Properties: object = {}) => ({ Type, Properties });

const table = {
  KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
  AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
};
const schedule = {
  FlexibleTimeWindow: { Mode: 'OFF' },
  ScheduleExpression: 'rate(1 day)',
  Target: { Arn: 'arn:aws:states:us-east-1:123456789012:stateMachine:m', RoleArn: 'r', Input: '{}' },
};
const machine = { DefinitionString: '{}', RoleArn: 'r' };

describe('what a template asks for', () => {
  it('is read into buckets with their policies and notifications', () => {
    const { buckets } = planOf({
      Plain: resource('AWS::S3::Bucket', { BucketName: 'plain' }),
      Vault: resource('AWS::S3::Bucket', {
        BucketName: 'vault',
        VersioningConfiguration: { Status: 'Enabled' },
        NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } },
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' } }],
        },
        ObjectLockEnabled: true,
        ObjectLockConfiguration: {
          ObjectLockEnabled: 'Enabled',
          Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Days: 7 } },
        },
        LifecycleConfiguration: {
          Rules: [
            { Status: 'Enabled', AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } },
            {
              Id: 'cold',
              Status: 'Enabled',
              Prefix: 'v1/',
              TagFilters: [{ Key: 'class', Value: 'cold' }],
              ObjectSizeGreaterThan: '1000',
              Transitions: [{ StorageClass: 'GLACIER', TransitionInDays: 30 }],
              NoncurrentVersionExpiration: { NoncurrentDays: 5, NewerNoncurrentVersions: 2 },
            },
          ],
        },
      }),
      Policy: resource('AWS::S3::BucketPolicy', {
        Bucket: { Ref: 'Vault' },
        PolicyDocument: {
          Statement: [{ Effect: 'Deny', Action: 's3:*', Resource: { 'Fn::GetAtt': ['Vault', 'Arn'] } }],
        },
      }),
    });

    expect(buckets).toEqual([
      { name: 'plain', versioning: false, eventBridge: false },
      {
        name: 'vault',
        versioning: true,
        eventBridge: true,
        encryption: 'aws:kms',
        policy: { Statement: [{ Effect: 'Deny', Action: 's3:*', Resource: 'arn:aws:s3:::vault' }] },
        objectLock: { defaultRetention: { mode: 'GOVERNANCE', days: 7 } },
        lifecycle: {
          minimumSize: 'all_storage_classes_128K',
          rules: [
            { id: 'rule-1', isEnabled: true, filter: {}, abortUploadsAfterDays: 1 },
            {
              id: 'cold',
              isEnabled: true,
              filter: { prefix: 'v1/', tags: { class: 'cold' }, sizeGreaterThan: 1000 },
              transitions: [{ storageClass: 'GLACIER', days: 30 }],
              noncurrentExpiration: { days: 5, newerVersions: 2 },
            },
          ],
        },
      },
    ]);
  });

  it('gives a role its inline, attached and managed policies', () => {
    const document = (Action: string) => ({ Statement: { Effect: 'Allow', Action, Resource: '*' } });
    const { rolePolicies } = planOf({
      Role: resource('AWS::IAM::Role', {
        RoleName: 'worker',
        Policies: [{ PolicyName: 'inline', PolicyDocument: document('s3:GetObject') }],
        ManagedPolicyArns: [
          { 'Fn::Sub': `arn:\${AWS::Partition}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole` },
          { Ref: 'Managed' },
        ],
      }),
      Attached: resource('AWS::IAM::Policy', {
        PolicyName: 'attached',
        PolicyDocument: document('s3:PutObject'),
        Roles: [{ Ref: 'Role' }],
      }),
      Managed: resource('AWS::IAM::ManagedPolicy', { PolicyDocument: document('s3:ListBucket') }),
    });

    expect(rolePolicies.get('arn:aws:iam::123456789012:role/worker')).toEqual(
      ['s3:GetObject', 's3:PutObject', 's3:ListBucket'].map(document),
    );
  });

  it('keeps disabled rules and schedules, so that they can be enabled', () => {
    const { events } = planOf({
      Schedule: resource('AWS::Scheduler::Schedule', {
        ...schedule,
        State: 'DISABLED',
        StartDate: '2027-01-01T00:00:00Z',
        FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: '15' },
      }),
      Rule: resource('AWS::Events::Rule', { ScheduleExpression: 'rate(1 day)', State: 'DISABLED' }),
    });

    expect(events.rules).toMatchObject([{ scheduleExpression: 'rate(1 day)', isEnabled: false }]);
    expect(events.schedules).toMatchObject([
      { isEnabled: false, startMs: Date.parse('2027-01-01T00:00:00Z'), windowMinutes: 15 },
    ]);
  });

  it('gives queues and topics their policies, subscriptions and dead-letter queues', () => {
    const statement = (Action: string, Resource: unknown) => ({
      ...{ Effect: 'Allow', Principal: { Service: 'sns.amazonaws.com' }, Action, Resource },
    });
    const arnOf = (name: string) => ({ 'Fn::GetAtt': [name, 'Arn'] });
    const { queues, topics } = planOf({
      Work: resource('AWS::SQS::Queue', {
        QueueName: 'work',
        VisibilityTimeout: 60,
        RedrivePolicy: { deadLetterTargetArn: arnOf('Dead'), maxReceiveCount: 3 },
      }),
      Dead: resource('AWS::SQS::Queue', { QueueName: 'dead' }),
      QueuePolicy: resource('AWS::SQS::QueuePolicy', {
        Queues: [{ Ref: 'Work' }],
        PolicyDocument: { Statement: [statement('sqs:SendMessage', arnOf('Work'))] },
      }),
      News: resource('AWS::SNS::Topic', {
        TopicName: 'news',
        Subscription: [{ Protocol: 'email', Endpoint: 'a@example.com' }],
      }),
      ToQueue: resource('AWS::SNS::Subscription', {
        ...{ TopicArn: { Ref: 'News' }, Protocol: 'sqs', Endpoint: arnOf('Work'), RawMessageDelivery: true },
        RedrivePolicy: { deadLetterTargetArn: arnOf('Dead') },
      }),
      TopicPolicy: resource('AWS::SNS::TopicPolicy', {
        Topics: [{ Ref: 'News' }],
        PolicyDocument: { Statement: [statement('sns:Publish', { Ref: 'News' })] },
      }),
    });

    const sqs = 'arn:aws:sqs:us-east-1:123456789012:';
    const topicArn = 'arn:aws:sns:us-east-1:123456789012:news';
    expect(queues).toEqual([
      {
        name: 'work',
        attributes: {
          VisibilityTimeout: '60',
          RedrivePolicy: JSON.stringify({ deadLetterTargetArn: `${sqs}dead`, maxReceiveCount: 3 }),
          Policy: JSON.stringify({ Statement: [statement('sqs:SendMessage', `${sqs}work`)] }),
        },
      },
      { name: 'dead', attributes: {} },
    ]);
    expect(topics.topics).toEqual([
      {
        arn: topicArn,
        attributes: { Policy: JSON.stringify({ Statement: [statement('sns:Publish', topicArn)] }) },
      },
    ]);
    expect(topics.subscriptions).toMatchObject([
      { topicArn, protocol: 'email', endpoint: 'a@example.com', attributes: {} },
      {
        ...{ topicArn, protocol: 'sqs', endpoint: `${sqs}work` },
        attributes: {
          RawMessageDelivery: 'true',
          RedrivePolicy: JSON.stringify({ deadLetterTargetArn: `${sqs}dead` }),
        },
      },
    ]);
  });

  it('puts substitutions into a definition', () => {
    const DefinitionString = `{"Seconds": \${Seconds}, "Arn": "\${Arn}"}`;
    const { stateMachines } = planOf({
      Machine: resource('AWS::StepFunctions::StateMachine', {
        ...machine,
        DefinitionString,
        DefinitionSubstitutions: { Seconds: 5, Arn: { 'Fn::GetAtt': ['Bucket', 'Arn'] } },
      }),
      Bucket: resource('AWS::S3::Bucket', { BucketName: 'b-1' }),
    });

    expect(stateMachines[0]?.definition).toBe('{"Seconds": 5, "Arn": "arn:aws:s3:::b-1"}');
  });
});

describe('what the local AWS cannot do is refused by name:', () => {
  const cases: [string, object, RegExp][] = [
    [
      'replication of buckets',
      resource('AWS::S3::Bucket', { ReplicationConfiguration: {} }),
      /App\/R \(AWS::S3::Bucket\)[\s\S]*ReplicationConfiguration/,
    ],
    [
      'lifecycle rules that delete current versions',
      resource('AWS::S3::Bucket', {
        LifecycleConfiguration: { Rules: [{ Status: 'Enabled', ExpirationInDays: 1 }] },
      }),
      /ExpirationInDays/,
    ],
    [
      'notifications to a queue',
      resource('AWS::S3::Bucket', { NotificationConfiguration: { QueueConfigurations: [] } }),
      /QueueConfigurations/,
    ],
    [
      'streams',
      resource('AWS::DynamoDB::Table', { ...table, StreamSpecification: {} }),
      /StreamSpecification/,
    ],
    [
      'replicas in other regions',
      resource('AWS::DynamoDB::GlobalTable', { ...table, Replicas: [{ Region: 'a' }, { Region: 'b' }] }),
      /replicas in other regions are not supported/,
    ],
    [
      'another runtime',
      resource('AWS::Lambda::Function', {
        Code: { S3Bucket: 'b', S3Key: 'k' },
        Handler: 'h',
        Role: 'r',
        Runtime: 'python3.13',
      }),
      /runs functions on Node 24 only/,
    ],
    [
      'code that is not in the assembly',
      resource('AWS::Lambda::Function', {
        Code: { S3Bucket: 'b', S3Key: 'k' },
        Handler: 'h',
        Role: 'r',
        Runtime: 'nodejs24.x',
      }),
      /its code is no folder of the assembly/,
    ],
    [
      'express workflows',
      resource('AWS::StepFunctions::StateMachine', { ...machine, StateMachineType: 'EXPRESS' }),
      /runs standard workflows/,
    ],
    [
      'a definition outside of the template',
      resource('AWS::StepFunctions::StateMachine', { DefinitionS3Location: {}, RoleArn: 'r' }),
      /DefinitionBody.fromString/,
    ],
    [
      'schedules in a group',
      resource('AWS::Scheduler::Schedule', { ...schedule, GroupName: 'g' }),
      /only the default schedule group is supported/,
    ],
    ['FIFO queues', resource('AWS::SQS::Queue', { FifoQueue: true }), /FIFO queues are not supported/],
    ['FIFO topics', resource('AWS::SNS::Topic', { FifoTopic: true }), /FIFO topics are not supported/],
    [
      'subscriptions to topics of others',
      resource('AWS::SNS::Subscription', {
        ...{ TopicArn: 'arn:aws:sns:us-east-1:123456789012:t', Protocol: 'email', Endpoint: 'a@example.com' },
      }),
      /there is no topic arn:aws:sns:us-east-1:123456789012:t in the app/,
    ],
    [
      'event source mappings of streams',
      resource('AWS::Lambda::EventSourceMapping', {
        ...{ FunctionName: 'f', EventSourceArn: 'arn:aws:kinesis:us-east-1:123456789012:stream/s' },
      }),
      /has event source mappings for SQS queues only/,
    ],
    [
      'filters of event source mappings',
      resource('AWS::Lambda::EventSourceMapping', {
        ...{ FunctionName: 'f', EventSourceArn: 'arn:aws:sqs:us-east-1:123456789012:q', FilterCriteria: {} },
      }),
      /FilterCriteria/,
    ],
    [
      'WebSocket APIs',
      resource('AWS::ApiGatewayV2::Api', { Name: 'a', ProtocolType: 'WEBSOCKET' }),
      /WebSocket APIs are not supported/,
    ],
    [
      'an API without a stage',
      resource('AWS::ApiGatewayV2::Api', { Name: 'a', ProtocolType: 'HTTP' }),
      /has no stage/,
    ],
    [
      "AWS's managed policies that it does not know",
      resource('AWS::IAM::Role', { ManagedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess'] }),
      /does not know the policy arn:aws:iam::aws:policy\/AdministratorAccess/,
    ],
    ['custom resources', resource('Custom::Anything'), /resource type Custom::Anything is not supported/],
  ];
  it.each(cases)('%s', (_, refused, message) => {
    expect(() => planOf({ R: refused })).toThrow(message);
  });
});
