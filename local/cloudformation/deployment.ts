import type { AssemblyStack, FileAsset } from './cloud-assembly.ts';
import { resolveValue } from './intrinsics.ts';
import { checkReferences } from './references.ts';
import type { Place } from './resource-types.ts';
import { createScope, type NamedIdentity } from './stack-scope.ts';
import type { TemplateValue } from './template.ts';

/** A resource with everything that its template says of it resolved. */
export interface DeployedResource extends NamedIdentity {
  readonly stackName: string;
  readonly logicalId: string;
  readonly type: string;
  readonly properties: Readonly<Record<string, TemplateValue>>;
}

/** A cloud assembly with all intrinsic functions resolved. */
export interface Deployment extends Place {
  readonly resources: readonly DeployedResource[];
  readonly outputs: Readonly<Record<string, Readonly<Record<string, string>>>>;
  findAsset(objectKey: string): FileAsset | undefined;
}

// Used where CDK was told no environment. The account is the one of AWS's own examples.
const DEFAULT_PLACE: Place = { region: 'us-east-1', accountId: '123456789012' };

/** Resolves the stacks in order, so that each finds the exports of those before it. */
export const resolveDeployment = (stacks: readonly AssemblyStack[]): Deployment => {
  const place = commonPlace(stacks);
  const exports = new Map<string, TemplateValue>();
  const resolved = stacks.map((stack) => resolveStack(stack, place, exports));
  const resources = resolved.flatMap((stack) => stack.resources);
  requireDistinctArns(resources);
  return {
    ...place,
    resources,
    outputs: Object.fromEntries(resolved.map((stack) => [stack.name, stack.outputs])),
    findAsset: (objectKey) => stacks[0]?.assets.get(objectKey),
  };
};

const commonPlace = (stacks: readonly AssemblyStack[]): Place => {
  const only = (values: readonly (string | undefined)[], fallback: string): string => {
    const distinct = new Set(values.filter((value) => value !== undefined));
    if (distinct.size > 1) {
      throw new Error(
        `The stacks are for ${[...distinct].join(' and ')}: the local AWS is one account in one region`,
      );
    }
    return [...distinct][0] ?? fallback;
  };
  return {
    region: only(
      stacks.map((stack) => stack.region),
      DEFAULT_PLACE.region,
    ),
    accountId: only(
      stacks.map((stack) => stack.accountId),
      DEFAULT_PLACE.accountId,
    ),
  };
};

interface ResolvedStack {
  readonly name: string;
  readonly resources: readonly DeployedResource[];
  readonly outputs: Readonly<Record<string, string>>;
}

const resolveStack = (
  stack: AssemblyStack,
  place: Place,
  exports: Map<string, TemplateValue>,
): ResolvedStack => {
  const { name: stackName, template } = stack;
  checkReferences(stackName, template);
  const scope = createScope(stack, place, exports);
  const isWanted = ([, part]: [string, { readonly Condition?: string | undefined }]): boolean =>
    part.Condition === undefined || scope.condition(part.Condition);

  const resources = Object.entries(template.Resources)
    .filter(isWanted)
    .map(([logicalId, { Type, Properties }]) =>
      inContext(`${stackName}/${logicalId}`, () => ({
        stackName,
        logicalId,
        type: Type,
        ...scope.identify(logicalId),
        properties: scope.resolveProperties(Properties),
      })),
    );
  const outputs: Record<string, string> = {};
  for (const [key, output] of Object.entries(template.Outputs).filter(isWanted)) {
    const value = inContext(`${stackName} output ${key}`, () => resolveValue(output.Value, scope));
    outputs[key] = typeof value === 'string' ? value : JSON.stringify(value);
    if (output.Export) exports.set(String(resolveValue(output.Export.Name, scope)), value);
  }
  return { name: stackName, resources, outputs };
};

/** AWS would refuse the second one; here it would silently share the first one's data. */
const requireDistinctArns = (resources: readonly DeployedResource[]): void => {
  const owners = new Map<string, string>();
  for (const { attributes, stackName, logicalId } of resources) {
    const owner = attributes.Arn === undefined ? undefined : owners.get(attributes.Arn);
    if (owner !== undefined) {
      throw new Error(`${stackName}/${logicalId} has the same name as ${owner}: ${attributes.Arn}`);
    }
    if (attributes.Arn !== undefined) owners.set(attributes.Arn, `${stackName}/${logicalId}`);
  }
};

/** Says where in the templates an error arose. */
const inContext = <T>(place: string, action: () => T): T => {
  try {
    return action();
  } catch (cause) {
    throw new Error(`${place}: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
};
