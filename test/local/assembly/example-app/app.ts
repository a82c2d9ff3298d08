/** A small app that uses each service once, as CDK writes it. */
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { App, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { HttpApi, HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaAuthorizer, HttpLambdaResponseType } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { AttributeType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { EventField, Match, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { AnyPrincipal, Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Code, Function as Lambda, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Schedule, ScheduleExpression, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { DefinitionBody, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { buildSync } from 'esbuild';

const HERE = dirname(fileURLToPath(import.meta.url));
const FUNCTIONS = ['authorizer', 'items', 'mark', 'overstep'] as const;

/** Synthesizes the app into a temporary folder and answers its path; `assembly` below it is the cloud assembly. */
export const synthesizeExample = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-example-'));
  const bundles = bundle(folder);
  const app = new App({
    outdir: join(folder, 'assembly'),
    analyticsReporting: false,
    builtinCloudFormationValidation: false,
  });
  const data = addDataStack(app);
  addServiceStack(app, data, (name) => Code.fromAsset(join(bundles, name)));
  app.synth();
  return folder;
};

const bundle = (folder: string): string => {
  const outdir = join(folder, 'bundles');
  buildSync({
    entryPoints: Object.fromEntries(FUNCTIONS.map((name) => [`${name}/index`, join(HERE, `${name}.ts`)])),
    outdir,
    ...{ bundle: true, platform: 'node', target: 'node24', format: 'cjs' },
  });
  return outdir;
};

const addDataStack = (app: App) => {
  const stack = new Stack(app, 'Data');
  const bucket = new Bucket(stack, 'Vault', { versioned: true, enforceSSL: true, eventBridgeEnabled: true });
  bucket.addToResourcePolicy(
    new PolicyStatement({
      effect: Effect.DENY,
      principals: [new AnyPrincipal()],
      actions: ['s3:PutObject'],
      resources: [bucket.arnForObjects('*')],
      conditions: { Null: { 's3:if-none-match': 'true' } },
    }),
  );
  const table = new TableV2(stack, 'Catalog', { partitionKey: { name: 'pk', type: AttributeType.STRING } });
  return { bucket, table };
};

const addServiceStack = (
  app: App,
  { bucket, table }: ReturnType<typeof addDataStack>,
  codeOf: (name: (typeof FUNCTIONS)[number]) => Code,
): void => {
  const stack = new Stack(app, 'Service');
  const deadLetterQueue = new Queue(stack, 'DeadLetters');
  const addFunction = (name: (typeof FUNCTIONS)[number], environment: Record<string, string> = {}) =>
    new Lambda(stack, name, {
      ...{ runtime: Runtime.NODEJS_24_X, handler: 'index.handler', code: codeOf(name), environment },
      timeout: Duration.seconds(20),
      memorySize: 256,
    });
  const mark = addFunction('mark', { TABLE_NAME: table.tableName });
  const machine = new StateMachine(stack, 'Workflow', {
    definitionBody: DefinitionBody.fromString(readFileSync(join(HERE, 'workflow.asl.json'), 'utf8')),
    definitionSubstitutions: { MarkArn: mark.functionArn },
  });
  mark.grantInvoke(machine);

  const api = new HttpApi(stack, 'Api');
  const environment = {
    TABLE_NAME: table.tableName,
    BUCKET_NAME: bucket.bucketName,
    STATE_MACHINE_ARN: machine.stateMachineArn,
  };
  const items = addFunction('items', { ...environment, API_URL: api.apiEndpoint });
  addFunction('overstep', { ...environment, FUNCTION_NAME: mark.functionName });
  table.grantReadWriteData(items);
  table.grantWriteData(mark);
  bucket.grantReadWrite(items);
  machine.grantStartExecution(items);

  api.addRoutes({
    path: '/items/{id}',
    methods: [HttpMethod.PUT, HttpMethod.GET],
    integration: new HttpLambdaIntegration('items-integration', items),
    authorizer: new HttpLambdaAuthorizer('Who', addFunction('authorizer'), {
      responseTypes: [HttpLambdaResponseType.SIMPLE],
    }),
  });
  new Rule(stack, 'OnObject', {
    eventPattern: {
      source: ['aws.s3'],
      detailType: ['Object Created'],
      detail: { bucket: { name: [bucket.bucketName] }, object: { key: Match.prefix('items/') } },
    },
    targets: [
      new LambdaFunction(mark, {
        deadLetterQueue,
        event: RuleTargetInput.fromObject({ pk: 'events', mark: EventField.fromPath('$.detail.object.key') }),
      }),
    ],
  });
  new Schedule(stack, 'Nightly', {
    schedule: ScheduleExpression.cron({ hour: '2', minute: '30' }),
    target: new LambdaInvoke(mark, {
      deadLetterQueue,
      input: ScheduleTargetInput.fromObject({ pk: 'schedule', mark: '<aws.scheduler.scheduled-time>' }),
    }),
  });
  new CfnOutput(stack, 'Url', { value: api.url ?? '' });
};
