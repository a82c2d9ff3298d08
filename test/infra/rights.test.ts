import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { functionNames } from '../../infra/bundle.ts';
import {
  asLogicalId,
  inWords,
  list,
  resourcesOf,
  type SynthesizedStacks,
  synthesizeStacks,
} from './synthesized.ts';

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Principal?: unknown;
  readonly Condition?: unknown;
}

let stacks: SynthesizedStacks;
beforeAll(() => {
  stacks = synthesizeStacks();
});
afterAll(() => stacks.remove());

const journal = 'Vault/v1/mounts/*/journal/*';
const deletions = 'Vault/v1/mounts/*/deletions/*';
const plans = 'Vault/v1/mounts/*/plans/*';
const ofUploads = (...parts: string[]) => parts.map((part) => `Vault/v1/mounts/*/uploads/*/${part}`);
const uploaded = ofUploads('packs/*', 'maps/*', 'logs/*', 'manifest-*');
const each = (action: string, resources: readonly string[]) =>
  resources.map((resource) => `${action} ${resource}`);
const catalog = (...actions: string[]) => actions.map((action) => `dynamodb:${action} Catalog`);
const query = (...indexes: string[]) => indexes.map((index) => `dynamodb:Query Catalog/index/${index}`);
const decrypts = ['kms:Decrypt Key', 's3:ListBucket Vault'];
const storesJournal = [
  ...each('s3:PutObject', [journal]),
  ...each('s3:GetObject', [journal]),
  'kms:GenerateDataKey Key',
  ...decrypts,
];
const answersTasksOf = (machine: string) =>
  ['Success', 'Failure', 'Heartbeat'].map((outcome) => `states:SendTask${outcome} ${machine}`);

/** All that each function may do, beside its own logs and its traces. Who widens a role says so here as well. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  authorizer: catalog('GetItem'),
  'stores-api': [
    ...catalog('GetItem', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem'),
    ...query('listing', 'running'),
  ],
  'mounts-api': [
    ...catalog('GetItem', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem'),
    ...query('listing', 'running'),
    ...storesJournal,
  ],
  'uploads-api': [
    ...catalog('GetItem', 'PutItem', 'UpdateItem'),
    ...each('s3:PutObject', uploaded),
    ...each('s3:GetObject', ofUploads('packs/*', 'maps/*', 'manifest-*')),
    ...decrypts,
    'kms:GenerateDataKey Key',
    'states:StartExecution commitupload',
  ],
  'recovery-points-api': [
    ...catalog('GetItem'),
    ...query('byMount'),
    ...each('s3:GetObject', ofUploads('manifest-*')),
    ...decrypts,
  ],
  'retention-api': [
    ...catalog('GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem', 'ConditionCheckItem'),
    ...query('listing'),
    ...each('s3:GetObject', [...ofUploads('file-map-*', 'judgement-*'), plans]),
    ...each('s3:PutObject', [plans]),
    ...storesJournal,
    's3:ListBucketVersions Vault',
  ],
  'administration-api': [
    ...catalog(
      'GetItem',
      'BatchGetItem',
      'Query',
      'PutItem',
      'UpdateItem',
      'DeleteItem',
      'ConditionCheckItem',
    ),
    ...query('listing', 'byMount'),
    'events:PutEvents Bus',
    'states:StartExecution backuprequest',
    ...answersTasksOf('backuprequest'),
    ...each('s3:GetObject', [...ofUploads('file-map-*', 'judgement-*'), plans]),
    ...each('s3:PutObject', [plans]),
    ...storesJournal,
    's3:ListBucketVersions Vault',
  ],
  'databases-api': [
    ...catalog('GetItem', 'Query'),
    ...query('listing'),
    ...each('s3:GetObject', ofUploads('manifest-*', 'file-map-*', 'judgement-*')),
    ...decrypts,
  ],
  'restores-api': [
    ...catalog('GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem', 'ConditionCheckItem'),
    'events:PutEvents Bus',
    ...query('listing', 'byMount', 'running'),
    ...each('s3:GetObject', [...uploaded, ...ofUploads('file-map-*', 'judgement-*')]),
    ...decrypts,
    'states:StartExecution restorestaging',
    ...answersTasksOf('restorestaging'),
  ],
  'requests-api': [
    ...catalog('GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem', 'ConditionCheckItem'),
    'events:PutEvents Bus',
    ...query('listing', 'byMount'),
    'states:StartExecution backuprequest',
    ...answersTasksOf('backuprequest'),
  ],
  'document-api': [],
  'issue-credential': catalog('PutItem'),
  'verify-manifest': [
    ...catalog('GetItem'),
    ...each('s3:GetObject', ofUploads('manifest-*', 'maps/*')),
    ...decrypts,
  ],
  'verify-objects': [
    ...catalog('GetItem'),
    ...each('s3:GetObject', uploaded),
    ...decrypts,
    's3:ListBucketVersions Vault',
  ],
  'lock-objects': [
    ...catalog('GetItem'),
    ...each('s3:GetObject', uploaded),
    ...each('s3:PutObjectRetention', uploaded),
    ...each('s3:GetObjectRetention', uploaded),
    ...decrypts,
  ],
  'read-logs': [
    ...catalog('GetItem'),
    ...each('s3:GetObject', ofUploads('logs/*', 'manifest-*', 'logs/*.map.json.zst')),
    ...each('s3:PutObject', ofUploads('logs/*.map.json.zst')),
    'kms:GenerateDataKey Key',
    ...decrypts,
  ],
  'build-file-map': [
    ...catalog('GetItem'),
    ...each('s3:GetObject', ofUploads('logs/*.map.json.zst', 'manifest-*', 'file-map-*')),
    ...each('s3:PutObject', ofUploads('file-map-*')),
    'kms:GenerateDataKey Key',
    ...decrypts,
  ],
  'judge-recoverability': [
    ...catalog('GetItem'),
    ...each('s3:GetObject', ofUploads('file-map-*', 'judgement-*')),
    ...each('s3:PutObject', ofUploads('judgement-*')),
    'kms:GenerateDataKey Key',
    ...decrypts,
  ],
  'record-recovery-point': [
    ...catalog('GetItem', 'PutItem', 'UpdateItem'),
    ...each('s3:PutObject', ofUploads('recovery-point.json')),
    ...each('s3:GetObject', ofUploads('manifest-*', 'file-map-*', 'judgement-*', 'recovery-point.json')),
    'kms:GenerateDataKey Key',
    ...decrypts,
  ],
  'catalog-api': [
    'states:StartExecution rebuildcatalog',
    'states:DescribeExecution arn:AWS::Partition:states:AWS::Region:AWS::AccountId:execution:Holdfast-test-stateless-rebuild-catalog:*',
  ],
  'rebuild-catalog': [
    ...catalog('GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem', 'ConditionCheckItem'),
    ...query('listing'),
    ...each('s3:GetObject', [journal, ...ofUploads('file-map-*')]),
    ...each('s3:PutObject', [journal]),
    's3:ListBucketVersions Vault',
    'kms:GenerateDataKey Key',
    ...decrypts,
  ],
  'store-journal': [...catalog('GetItem', 'Query', 'UpdateItem', 'DeleteItem'), ...storesJournal],
  'announce-recovery-point': [...catalog('GetItem', 'UpdateItem', 'DeleteItem'), 'events:PutEvents Bus'],
  'refuse-commit': catalog('GetItem', 'UpdateItem'),
  'follow-request': [...catalog('GetItem', 'PutItem', 'UpdateItem', 'DeleteItem'), 'events:PutEvents Bus'],
  'hand-over-restore': catalog('GetItem', 'PutItem', 'UpdateItem', 'DeleteItem'),
  'end-restore': [
    ...catalog('GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem'),
    ...query('byMount'),
    ...each('s3:GetObject', ofUploads('manifest-*', 'file-map-*')),
    ...decrypts,
    'events:PutEvents Bus',
  ],
  'find-due-mounts': [...catalog('GetItem', 'PutItem'), ...query('running')],
  'plan-retention': [
    ...catalog('GetItem', 'Query', 'PutItem', 'UpdateItem'),
    ...each('s3:GetObject', [...ofUploads('file-map-*', 'judgement-*'), plans]),
    ...each('s3:PutObject', [plans]),
    'kms:GenerateDataKey Key',
    ...decrypts,
    's3:ListBucketVersions Vault',
  ],
  'expire-points': [
    ...catalog('GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem', 'ConditionCheckItem'),
    ...each('s3:GetObject', [...ofUploads('file-map-*', 'judgement-*'), plans]),
    ...storesJournal,
    's3:ListBucketVersions Vault',
  ],
  'find-deletions': query('running'),
  'begin-reclaim': [
    ...catalog('GetItem', 'Query', 'PutItem', 'UpdateItem', 'ConditionCheckItem'),
    ...each('s3:GetObject', [...ofUploads('manifest-*', 'judgement-*'), deletions]),
    ...each('s3:PutObject', [deletions]),
    'kms:GenerateDataKey Key',
    ...decrypts,
    's3:ListBucketVersions Vault',
  ],
  'delete-objects': [
    ...catalog('GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem'),
    ...each('s3:GetObject', [deletions, ...ofUploads('manifest-*'), journal]),
    ...each('s3:PutObject', [journal]),
    ...['DeleteObjectVersion', 'GetObjectVersion', 'GetObjectRetention', 'GetObjectLegalHold'].map(
      (action) => `s3:${action} Vault/v1/mounts/*/uploads/*`,
    ),
    'kms:GenerateDataKey Key',
    ...decrypts,
    's3:ListBucketVersions Vault',
  ],
  'find-audits': query('listing'),
  'audit-mount': [
    ...catalog('GetItem', 'Query', 'PutItem', 'UpdateItem'),
    ...each('s3:GetObject', [...uploaded, deletions]),
    ...each('s3:PutObject', [deletions]),
    'kms:GenerateDataKey Key',
    ...decrypts,
    's3:ListBucketVersions Vault',
  ],
  'archive-packs': [
    ...catalog('GetItem', 'Query', 'PutItem', 'UpdateItem'),
    ...each('s3:GetObject', ofUploads('maps/*', 'manifest-*')),
    ...decrypts,
    's3:PutObjectTagging Vault/v1/mounts/*/uploads/*/packs/*',
    's3:RestoreObject Vault/v1/mounts/*/uploads/*/packs/*',
  ],
  watch: [
    ...catalog(
      'GetItem',
      'BatchGetItem',
      'Query',
      'PutItem',
      'UpdateItem',
      'DeleteItem',
      'ConditionCheckItem',
    ),
    ...query('listing', 'byMount', 'running'),
    ...storesJournal,
    'states:StartExecution commitupload',
    'states:StartExecution restorestaging',
    'states:StartExecution backuprequest',
    'states:StartExecution retention',
    'states:StartExecution reclaim',
    'states:StartExecution audit',
    'events:PutEvents Bus',
    'sqs:SendMessage Functionswatchdeadletters',
  ],
  'take-late-log': [
    ...catalog('GetItem', 'PutItem', 'UpdateItem'),
    ...query('byMount'),
    ...each(
      's3:GetObject',
      ofUploads('logs/*', 'manifest-*', 'logs/*.map.json.zst', 'file-map-*', 'judgement-*'),
    ),
    ...each('s3:PutObject', ofUploads('logs/*.map.json.zst', 'file-map-*', 'judgement-*')),
    'kms:GenerateDataKey Key',
    ...decrypts,
    'sqs:SendMessage Functionstakelatelogdeadletters',
  ],
  'note-object': [...catalog('GetItem', 'UpdateItem'), 'sqs:SendMessage Functionsnoteobjectdeadletters'],
};

/** What a workflow may run, beside its logs and its traces. */
const tasks: Readonly<Record<string, readonly string[]>> = {
  'commit-upload': [
    'verify-manifest',
    'verify-objects',
    'lock-objects',
    'read-logs',
    'build-file-map',
    'judge-recoverability',
    'record-recovery-point',
    'store-journal',
    'announce-recovery-point',
    'refuse-commit',
  ],
  'restore-staging': ['archive-packs', 'hand-over-restore', 'end-restore'],
  'backup-request': ['follow-request'],
  'rebuild-catalog': ['rebuild-catalog'],
  retention: ['find-due-mounts', 'plan-retention', 'expire-points'],
  reclaim: ['find-deletions', 'begin-reclaim', 'delete-objects'],
  audit: ['find-audits', 'audit-mount', 'delete-objects', 'archive-packs'],
};

/** Neither service has resources that these actions could name. */
const tracing = ['xray:PutTraceSegments *', 'xray:PutTelemetryRecords *'];
const tracingOfWorkflows = [...tracing, 'xray:GetSamplingRules *', 'xray:GetSamplingTargets *'];
const logDelivery = [
  'CreateLogDelivery',
  'GetLogDelivery',
  'UpdateLogDelivery',
  'DeleteLogDelivery',
  'ListLogDeliveries',
  'PutResourcePolicy',
  'DescribeResourcePolicies',
  'DescribeLogGroups',
].map((action) => `logs:${action} *`);

/** `action resource` of every right of a role, from the policy that is its own. */
function rightsOf(role: string): string[] {
  const roleId = resourcesOf(stacks.stateless, 'AWS::IAM::Role').find(
    ({ id }) => id.replace(/[0-9A-F]{8}$/, '') === role,
  )?.id;
  const policies = resourcesOf(stacks.stateless, 'AWS::IAM::Policy').filter(({ Roles }) =>
    (Roles as { Ref: string }[]).some(({ Ref }) => Ref === roleId),
  );
  return policies.flatMap(({ PolicyDocument }) =>
    (PolicyDocument.Statement as Statement[]).flatMap(({ Effect, Action, Resource }) => {
      expect(Effect).toBe('Allow');
      return list(Action).flatMap((action) =>
        list(Resource).map((resource) => `${action} ${inWords(resource)}`),
      );
    }),
  );
}

describe('the role of', () => {
  it('every function stands in the table of this test', () => {
    expect(Object.keys(allowed).sort()).toEqual(functionNames().sort());
  });

  it.each(Object.entries(allowed))('%s allows what it needs and nothing else', (name, rights) => {
    const own = `Functions${asLogicalId(name)}logs`;
    const logs = [`logs:CreateLogStream ${own}`, `logs:PutLogEvents ${own}`];

    expect(rightsOf(`Functions${asLogicalId(name)}role`).sort()).toEqual(
      [...rights, ...logs, ...tracing].sort(),
    );
  });

  it.each(Object.entries(tasks))(
    'the workflow %s invokes its own functions and nothing else',
    (name, functions) => {
      const invokes = functions.map((task) => `lambda:InvokeFunction Functions${asLogicalId(task)}`);

      expect(rightsOf(`${asLogicalId(name)}role`).sort()).toEqual(
        [...invokes, ...tracingOfWorkflows, ...logDelivery].sort(),
      );
    },
  );

  it('each is taken by one service, and has no policy beside its own', () => {
    const roles = resourcesOf(stacks.stateless, 'AWS::IAM::Role');

    // One more is the rule's that mails alerts.
    expect(roles).toHaveLength(Object.keys(allowed).length + Object.keys(tasks).length + 1);
    for (const { id, AssumeRolePolicyDocument, ManagedPolicyArns, Policies } of roles) {
      const others = id.startsWith('AlertMails') ? 'events.amazonaws.com' : 'states.amazonaws.com';
      const service = id.startsWith('Functions') ? 'lambda.amazonaws.com' : others;
      expect(AssumeRolePolicyDocument.Statement).toEqual([
        { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: service } },
      ]);
      expect([ManagedPolicyArns, Policies]).toEqual([undefined, undefined]);
    }
  });
});

describe('no role', () => {
  it('has every action of a service, or one on all resources that could name one', () => {
    const rights = [
      ...Object.keys(allowed).map((name) => `Functions${asLogicalId(name)}role`),
      ...Object.keys(tasks).map((name) => `${asLogicalId(name)}role`),
    ].flatMap(rightsOf);

    expect(rights.length).toBeGreaterThan(100);
    expect(rights.filter((right) => /^[^ ]*\*/.test(right))).toEqual([]);
    expect([...new Set(rights.filter((right) => right.endsWith(' *')))].sort()).toEqual(
      [...tracingOfWorkflows, ...logDelivery].sort(),
    );
  });

  it('changes the settings of the vault or passes its locks; one deletes, by version and what lies under uploads', () => {
    const vault = Object.keys(allowed).flatMap((name) =>
      rightsOf(`Functions${asLogicalId(name)}role`)
        .filter((right) => right.startsWith('s3:'))
        .map((right) => `${right} ${name}`),
    );

    expect([...new Set(vault.map((right) => right.split(' ')[0]))].sort()).toEqual([
      's3:DeleteObjectVersion',
      's3:GetObject',
      's3:GetObjectLegalHold',
      's3:GetObjectRetention',
      's3:GetObjectVersion',
      's3:ListBucket',
      's3:ListBucketVersions',
      's3:PutObject',
      's3:PutObjectRetention',
      's3:PutObjectTagging',
      's3:RestoreObject',
    ]);
    const ofArchive = vault.filter((right) => /Tagging|RestoreObject/.test(right));
    expect(new Set(ofArchive.map((right) => right.split(' ')[2]))).toEqual(new Set(['archive-packs']));
    const locks = vault.filter((right) => right.startsWith('s3:PutObjectRetention'));
    expect(new Set(locks.map((right) => right.split(' ')[2]))).toEqual(new Set(['lock-objects']));
    expect(vault.filter((right) => right.startsWith('s3:Delete'))).toEqual([
      's3:DeleteObjectVersion Vault/v1/mounts/*/uploads/* delete-objects',
    ]);
  });
});

describe('a function', () => {
  const callers: Readonly<Record<string, string>> = {
    authorizer: 'apigateway.amazonaws.com',
    'stores-api': 'apigateway.amazonaws.com',
    'mounts-api': 'apigateway.amazonaws.com',
    'uploads-api': 'apigateway.amazonaws.com',
    'recovery-points-api': 'apigateway.amazonaws.com',
    'retention-api': 'apigateway.amazonaws.com',
    'databases-api': 'apigateway.amazonaws.com',
    'restores-api': 'apigateway.amazonaws.com',
    'requests-api': 'apigateway.amazonaws.com',
    'administration-api': 'apigateway.amazonaws.com',
    'catalog-api': 'apigateway.amazonaws.com',
    'document-api': 'apigateway.amazonaws.com',
    watch: 'events.amazonaws.com',
    'note-object': 'events.amazonaws.com',
    'take-late-log': 'events.amazonaws.com',
  };

  it('is invoked by no service but its own, and that for one API or rule of ours', () => {
    const permissions = resourcesOf(stacks.stateless, 'AWS::Lambda::Permission');
    const found = permissions.map(({ FunctionName, Principal }) => `${inWords(FunctionName)} ${Principal}`);

    expect([...new Set(found)].sort()).toEqual(
      Object.entries(callers)
        .map(([name, service]) => `Functions${asLogicalId(name)} ${service}`)
        .sort(),
    );
    for (const { SourceArn, Action } of permissions) {
      expect(Action).toBe('lambda:InvokeFunction');
      expect(inWords(SourceArn)).toMatch(/:Api\/|^(Watch|ObjectCreated|LogCreated)$/);
    }
    expect(resourcesOf(stacks.stateless, 'AWS::Lambda::Url')).toEqual([]);
  });

  it('has a log group of its own', () => {
    const groups = resourcesOf(stacks.stateless, 'AWS::Lambda::Function').map(({ LoggingConfig }) =>
      inWords(LoggingConfig.LogGroup),
    );

    expect(new Set(groups).size).toBe(functionNames().length);
  });
});

describe('a key', () => {
  it('of the vault is given to nobody by its own policy, only by the roles of this account', () => {
    const [key] = resourcesOf(stacks.stateful, 'AWS::KMS::Key');

    expect(key?.KeyPolicy.Statement).toHaveLength(1);
    expect(inWords(key?.KeyPolicy.Statement[0].Principal.AWS)).toMatch(
      /^arn:AWS::Partition:iam::AWS::AccountId:root$/,
    );
  });

  it('of the alarms is for CloudWatch as well, in the name of this account', () => {
    const [key] = resourcesOf(stacks.stateless, 'AWS::KMS::Key');
    const [, alarms] = (key?.KeyPolicy.Statement ?? []) as Statement[];

    expect(key?.KeyPolicy.Statement).toHaveLength(2);
    expect(alarms).toMatchObject({
      Action: ['kms:Decrypt', 'kms:GenerateDataKey*'],
      Principal: { Service: 'cloudwatch.amazonaws.com' },
      Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
    });
  });
});
