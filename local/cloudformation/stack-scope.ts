import type { AssemblyStack } from './cloud-assembly.ts';
import {
  isConditionMet,
  NO_VALUE,
  type ResolutionScope,
  resolveOptional,
  resolveValue,
} from './intrinsics.ts';
import { generateName } from './physical-names.ts';
import { type Identity, type Place, RESOURCE_TYPES } from './resource-types.ts';
import type { TemplateResource, TemplateValue } from './template.ts';

/** An identity with the physical name, given or generated. */
export interface NamedIdentity extends Identity {
  readonly name: string;
}

export interface StackScope extends ResolutionScope {
  identify(logicalId: string): NamedIdentity;
  resolveProperties(properties: TemplateResource['Properties']): Readonly<Record<string, TemplateValue>>;
}

/** Resolves a reference when it is first used: the order of resources in a template means nothing. */
export const createScope = (
  { name: stackName, template }: AssemblyStack,
  place: Place,
  exports: ReadonlyMap<string, TemplateValue>,
): StackScope => {
  const identities = new Map<string, NamedIdentity>();
  const identify = (logicalId: string): NamedIdentity => {
    const resource = template.Resources[logicalId];
    if (resource === undefined) throw new Error(`there is no resource ${logicalId}`);
    const known = identities.get(logicalId);
    if (known !== undefined) return known;
    const identity = identifyResource(stackName, logicalId, resource, place, scope);
    identities.set(logicalId, identity);
    return identity;
  };
  const scope: StackScope = {
    identify,
    ref: (logicalId) => {
      const pseudo = pseudoParameter(logicalId, stackName, place);
      if (pseudo !== undefined) return pseudo;
      const parameter = template.Parameters[logicalId];
      if (parameter === undefined) return identify(logicalId).ref;
      if (parameter.Default === undefined) throw new Error(`parameter ${logicalId} has no default value`);
      return parameter.Default;
    },
    attribute: (logicalId, attribute) => {
      const value = identify(logicalId).attributes[attribute];
      if (value !== undefined) return value;
      const type = template.Resources[logicalId]?.Type;
      throw new Error(`attribute ${attribute} of ${logicalId} (${type}) is not known to the local AWS`);
    },
    importValue: (exportName) => {
      const value = exports.get(exportName);
      if (value === undefined) throw new Error(`no stack before this one exports ${exportName}`);
      return value;
    },
    condition: (name) => {
      const condition = template.Conditions[name];
      if (condition === undefined) throw new Error(`there is no condition ${name}`);
      return isConditionMet(condition, scope);
    },
    resolveProperties: (properties) =>
      Object.fromEntries(
        Object.entries(properties).flatMap(([key, value]) => {
          const resolved = resolveOptional(value, scope);
          return resolved === NO_VALUE ? [] : [[key, resolved]];
        }),
      ),
  };
  return scope;
};

const identifyResource = (
  stackName: string,
  logicalId: string,
  resource: TemplateResource,
  place: Place,
  scope: ResolutionScope,
): NamedIdentity => {
  const type = RESOURCE_TYPES.get(resource.Type);
  if (type === undefined) {
    throw new Error(
      `resource type ${resource.Type} is not supported by the local AWS: ` +
        'remove it from the app, or add it to local/cloudformation/resource-types.ts and local/assembly',
    );
  }
  const given = type.name.property === undefined ? undefined : resource.Properties[type.name.property];
  const name =
    given === undefined ? generateName(stackName, logicalId, type.name) : resolveValue(given, scope);
  if (typeof name !== 'string' || name.length > type.name.maxLength) {
    throw new Error(`${type.name.property} must be text of at most ${type.name.maxLength} characters`);
  }
  return { name, ...type.identify(name, place) };
};

const pseudoParameter = (
  name: string,
  stackName: string,
  { region, accountId }: Place,
): TemplateValue | typeof NO_VALUE | undefined => {
  switch (name) {
    case 'AWS::AccountId':
      return accountId;
    case 'AWS::NoValue':
      return NO_VALUE;
    case 'AWS::Partition':
      return 'aws';
    case 'AWS::Region':
      return region;
    case 'AWS::StackId':
      return `arn:aws:cloudformation:${region}:${accountId}:stack/${stackName}/local`;
    case 'AWS::StackName':
      return stackName;
    case 'AWS::URLSuffix':
      return 'amazonaws.com';
    default:
      return undefined;
  }
};
