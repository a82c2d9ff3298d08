import type { NameRule } from './physical-names.ts';

/** Where the resources of an app stand. */
export interface Place {
  readonly region: string;
  readonly accountId: string;
}

/** What a template can learn of a resource. */
export interface Identity {
  /** Result of `Ref`. */
  readonly ref: string;
  /** Results of `Fn::GetAtt`. */
  readonly attributes: Readonly<Record<string, string>>;
}

export interface ResourceType {
  readonly name: NameRule;
  readonly identify: (name: string, place: Place) => Identity;
}

const arnOf = (service: string, resource: string, { region, accountId }: Place): string =>
  `arn:aws:${service}:${region}:${accountId}:${resource}`;

const iamArnOf = (resource: string, { accountId }: Place): string => `arn:aws:iam::${accountId}:${resource}`;

const named = (maxLength: number, property = 'Name'): NameRule => ({ property, maxLength });
const generatedId: NameRule = { maxLength: 10, style: 'id' };

/** `Ref` gives the name, `Arn` is an attribute: the most frequent form. */
const withArn =
  (service: string, prefix: string, suffix = '') =>
  (name: string, place: Place): Identity => ({
    ref: name,
    attributes: { Arn: arnOf(service, `${prefix}${name}${suffix}`, place) },
  });

const withoutAttributes = (name: string): Identity => ({ ref: name, attributes: {} });

const bucket = (name: string, { region }: Place): Identity => ({
  ref: name,
  attributes: {
    Arn: `arn:aws:s3:::${name}`,
    DomainName: `${name}.s3.amazonaws.com`,
    RegionalDomainName: `${name}.s3.${region}.amazonaws.com`,
  },
});

const stateMachine = (name: string, place: Place): Identity => {
  const arn = arnOf('states', `stateMachine:${name}`, place);
  return { ref: arn, attributes: { Arn: arn, Name: name } };
};

const httpApi = (name: string, { region }: Place): Identity => ({
  ref: name,
  attributes: { ApiId: name, ApiEndpoint: apiEndpoint(name, region) },
});

/** The URL that AWS gives an HTTP API. */
export const apiEndpoint = (apiId: string, region: string): string =>
  `https://${apiId}.execute-api.${region}.amazonaws.com`;

/** What the URLs of AWS's queues begin with. */
export const queueEndpoint = (region: string): string => `https://sqs.${region}.amazonaws.com`;

const queue = (name: string, place: Place): Identity => {
  const url = `${queueEndpoint(place.region)}/${place.accountId}/${name}`;
  return { ref: url, attributes: { Arn: arnOf('sqs', name, place), QueueName: name, QueueUrl: url } };
};

const eventBus = (name: string, place: Place): Identity => ({
  ref: name,
  attributes: { Arn: arnOf('events', `event-bus/${name}`, place), Name: name },
});

const key = (name: string, place: Place): Identity => ({
  ref: name,
  attributes: { Arn: arnOf('kms', `key/${name}`, place), KeyId: name },
});

const role = (name: string, place: Place): Identity => ({
  ref: name,
  attributes: { Arn: iamArnOf(`role/${name}`, place) },
});

const managedPolicy = (name: string, place: Place): Identity => ({
  ref: iamArnOf(`policy/${name}`, place),
  attributes: { PolicyArn: iamArnOf(`policy/${name}`, place) },
});

const topic = (name: string, place: Place): Identity => {
  const arn = arnOf('sns', name, place);
  return { ref: arn, attributes: { TopicArn: arn, TopicName: name } };
};

/** Every type that the local AWS accepts. Limits of names are those in the documentation of each service. */
export const RESOURCE_TYPES: ReadonlyMap<string, ResourceType> = new Map<string, ResourceType>([
  ['AWS::ApiGatewayV2::Api', { name: generatedId, identify: httpApi }],
  ['AWS::ApiGatewayV2::Authorizer', { name: generatedId, identify: withoutAttributes }],
  ['AWS::ApiGatewayV2::Integration', { name: generatedId, identify: withoutAttributes }],
  ['AWS::ApiGatewayV2::Route', { name: generatedId, identify: withoutAttributes }],
  ['AWS::ApiGatewayV2::Stage', { name: named(128, 'StageName'), identify: withoutAttributes }],
  ['AWS::DynamoDB::GlobalTable', { name: named(255, 'TableName'), identify: withArn('dynamodb', 'table/') }],
  ['AWS::DynamoDB::Table', { name: named(255, 'TableName'), identify: withArn('dynamodb', 'table/') }],
  ['AWS::Events::EventBus', { name: named(256), identify: eventBus }],
  ['AWS::Events::Rule', { name: named(64), identify: withArn('events', 'rule/') }],
  ['AWS::IAM::ManagedPolicy', { name: named(128, 'ManagedPolicyName'), identify: managedPolicy }],
  ['AWS::IAM::Policy', { name: named(128, 'PolicyName'), identify: withoutAttributes }],
  ['AWS::IAM::Role', { name: named(64, 'RoleName'), identify: role }],
  ['AWS::Lambda::EventInvokeConfig', { name: generatedId, identify: withoutAttributes }],
  ['AWS::Lambda::EventSourceMapping', { name: generatedId, identify: withoutAttributes }],
  ['AWS::Lambda::Function', { name: named(64, 'FunctionName'), identify: withArn('lambda', 'function:') }],
  [
    'AWS::S3::Bucket',
    { name: { property: 'BucketName', maxLength: 63, style: 'lowercase' }, identify: bucket },
  ],
  ['AWS::S3::BucketPolicy', { name: generatedId, identify: withoutAttributes }],
  ['AWS::SNS::Subscription', { name: generatedId, identify: withoutAttributes }],
  ['AWS::SNS::Topic', { name: named(256, 'TopicName'), identify: topic }],
  ['AWS::SNS::TopicPolicy', { name: generatedId, identify: withoutAttributes }],
  ['AWS::SQS::Queue', { name: named(80, 'QueueName'), identify: queue }],
  ['AWS::SQS::QueuePolicy', { name: generatedId, identify: withoutAttributes }],
  ['AWS::Scheduler::Schedule', { name: named(64), identify: withArn('scheduler', 'schedule/default/') }],
  ['AWS::StepFunctions::StateMachine', { name: named(80, 'StateMachineName'), identify: stateMachine }],
  // CDK's way to set notifications of a bucket; its effect is taken from its properties.
  ['Custom::S3BucketNotifications', { name: generatedId, identify: withoutAttributes }],

  // Without effect on one machine: there is nobody to be permitted, charged, alarmed or logged to.
  ['AWS::CDK::Metadata', { name: generatedId, identify: withoutAttributes }],
  ['AWS::CloudWatch::Alarm', { name: named(255, 'AlarmName'), identify: withArn('cloudwatch', 'alarm:') }],
  [
    'AWS::CloudWatch::CompositeAlarm',
    { name: named(255, 'AlarmName'), identify: withArn('cloudwatch', 'alarm:') },
  ],
  ['AWS::CloudWatch::Dashboard', { name: named(255, 'DashboardName'), identify: withoutAttributes }],
  ['AWS::KMS::Alias', { name: named(256, 'AliasName'), identify: withoutAttributes }],
  ['AWS::KMS::Key', { name: { maxLength: 64 }, identify: key }],
  ['AWS::Lambda::Permission', { name: generatedId, identify: withoutAttributes }],
  [
    'AWS::Logs::LogGroup',
    { name: named(512, 'LogGroupName'), identify: withArn('logs', 'log-group:', ':*') },
  ],
  ['AWS::Logs::MetricFilter', { name: named(512, 'FilterName'), identify: withoutAttributes }],
  ['AWS::Logs::ResourcePolicy', { name: named(255, 'PolicyName'), identify: withoutAttributes }],
  ['AWS::Events::EventBusPolicy', { name: generatedId, identify: withoutAttributes }],
]);
