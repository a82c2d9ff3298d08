import { fullDiff, ResourceImpact } from '@aws-cdk/cloudformation-diff';

interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

export interface StackTemplate {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs?: Readonly<Record<string, { readonly Export?: { readonly Name: unknown } }>>;
}

/**
 * Types whose resources must outlive every update, for they hold data or are known to somebody outside: the gateways
 * know the API's URL, subscribers have confirmed the topic, an execution that runs for days calls functions by ARN. Of
 * some, only what they are known by is compared: the rest changes with every version and replaces nothing.
 */
const lastingTypes: Readonly<Record<string, 'whole' | readonly string[]>> = {
  'AWS::ApiGatewayV2::Api': 'whole',
  'AWS::DynamoDB::GlobalTable': 'whole',
  'AWS::Events::EventBus': 'whole',
  'AWS::KMS::Key': 'whole',
  'AWS::Lambda::Function': ['FunctionName', 'PackageType'],
  'AWS::S3::Bucket': 'whole',
  'AWS::S3::BucketPolicy': 'whole',
  'AWS::SNS::Topic': 'whole',
  'AWS::SQS::Queue': 'whole',
  'AWS::StepFunctions::StateMachine': ['StateMachineName', 'StateMachineType'],
};

/** The part of a template that an update must not lose; what the baseline holds of a release. */
export function lastingPart({ Resources, Outputs = {} }: StackTemplate): StackTemplate {
  const resources = Object.entries(Resources).flatMap(([id, resource]) => {
    const kept = lastingTypes[resource.Type];
    if (kept === undefined) return [];
    const { Type, Properties = {}, DeletionPolicy, UpdateReplacePolicy } = resource;
    const known = Object.entries(Properties).filter(([name]) => kept === 'whole' || kept.includes(name));
    const lasting = { Type, Properties: Object.fromEntries(known), DeletionPolicy, UpdateReplacePolicy };
    return [[id, lasting] as const];
  });
  const outputs = Object.entries(Outputs).filter(([, { Export }]) => Export !== undefined);
  // Without what is undefined, so that it equals its own copy from a file.
  return JSON.parse(
    JSON.stringify({ Resources: Object.fromEntries(resources), Outputs: Object.fromEntries(outputs) }),
  ) as StackTemplate;
}

const harmless: readonly ResourceImpact[] = [
  ResourceImpact.NO_CHANGE,
  ResourceImpact.WILL_CREATE,
  ResourceImpact.WILL_UPDATE,
];

/** What an update from a released template to the next would lose or could not do, one line each. */
export function findUpgradeHazards(released: StackTemplate, next: StackTemplate): string[] {
  const [from, to] = [lastingPart(released), lastingPart(next)];
  const hazards: string[] = [];
  fullDiff(from, to).resources.forEachDifference((id, { changeImpact, oldValue, newValue }) => {
    if (harmless.includes(changeImpact)) return;
    hazards.push(`${id} (${(oldValue ?? newValue)?.Type}): ${impactInWords[changeImpact]}`);
  });
  for (const [id, resource] of Object.entries(from.Resources)) {
    const now = to.Resources[id];
    if (now === undefined) continue;
    hazards.push(...weakenedPolicies(id, resource, now), ...indexHazards(id, resource, now));
  }
  return [...hazards, ...lostExports(from, to)];
}

const impactInWords: Readonly<Partial<Record<ResourceImpact, string>>> = {
  [ResourceImpact.WILL_REPLACE]: 'would be replaced by an empty one',
  [ResourceImpact.MAY_REPLACE]: 'might be replaced by an empty one',
  [ResourceImpact.WILL_DESTROY]: 'would be destroyed',
  [ResourceImpact.WILL_ORPHAN]: 'would be left behind, and the stack go on without it',
  [ResourceImpact.WILL_IMPORT]: 'would be imported, which an update cannot do beside other changes',
};

const weakenedPolicies = (id: string, released: Resource, next: Resource): string[] =>
  (['DeletionPolicy', 'UpdateReplacePolicy'] as const).flatMap((policy) =>
    released[policy] === 'Retain' && next[policy] !== 'Retain'
      ? [`${id} (${next.Type}): ${policy} is no longer Retain`]
      : [],
  );

/** DynamoDB creates or deletes one index in an update, and changes the keys of none. */
function indexHazards(id: string, released: Resource, next: Resource): string[] {
  if (released.Type !== 'AWS::DynamoDB::GlobalTable') return [];
  const [before, after] = [indexKeys(released), indexKeys(next)];
  const created = [...after.keys()].filter((name) => !before.has(name));
  const deleted = [...before.keys()].filter((name) => !after.has(name));
  const rekeyed = [...before].filter(([name, keys]) => after.has(name) && after.get(name) !== keys);
  const changes = [...created, ...deleted];
  return [
    ...rekeyed.map(([name]) => `${id} (${next.Type}): the keys of its index ${name} cannot be changed`),
    ...(changes.length > 1
      ? [`${id} (${next.Type}): one update creates or deletes one index, not ${changes.join(', ')}`]
      : []),
  ];
}

const indexKeys = ({ Properties }: Resource): ReadonlyMap<string, string> => {
  const indexes = (Properties?.GlobalSecondaryIndexes ?? []) as readonly {
    readonly IndexName: string;
    readonly KeySchema: unknown;
  }[];
  return new Map(indexes.map(({ IndexName, KeySchema }) => [IndexName, JSON.stringify(KeySchema)]));
};

/** Another stack may import it, and is updated after this one: CloudFormation refuses to drop it meanwhile. */
function lostExports(released: StackTemplate, next: StackTemplate): string[] {
  const valuesOf = ({ Outputs = {} }: StackTemplate) =>
    new Map(
      Object.values(Outputs).map((output) => [JSON.stringify(output.Export?.Name), JSON.stringify(output)]),
    );
  const now = valuesOf(next);
  return [...valuesOf(released)].flatMap(([name, output]) =>
    now.get(name) === output
      ? []
      : [`export ${name} ${now.has(name) ? 'has another value' : 'is gone'} while another stack uses it`],
  );
}
