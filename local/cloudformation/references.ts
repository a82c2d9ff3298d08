import type { Template, TemplateResource, TemplateValue } from './template.ts';

/**
 * Checks what CloudFormation checks before it creates anything: every reference names something that exists, and
 * no resource needs itself through others. A local start does not create resources in order, so it would not
 * notice what makes a deployment fail.
 */
export const checkReferences = (stackName: string, template: Template): void => {
  const dependencies = new Map(
    Object.entries(template.Resources).map(([id, resource]) => [id, dependenciesOf(resource)]),
  );
  for (const [id, targets] of dependencies) {
    for (const target of targets) {
      if (dependencies.has(target) || target in template.Parameters || target.startsWith('AWS::')) continue;
      throw new Error(`Stack ${stackName}: ${id} refers to ${target}, which the template does not have`);
    }
  }
  const circle = findCircle(dependencies);
  if (circle !== undefined) {
    throw new Error(
      `Stack ${stackName}: circular dependency between resources: ${circle.join(' → ')}; ` +
        'CloudFormation cannot deploy this, name one of them explicitly or move a policy out of the circle',
    );
  }
};

const dependenciesOf = (resource: TemplateResource): ReadonlySet<string> =>
  new Set([...resource.DependsOn, ...referencesIn(resource.Properties)]);

/** The logical ids that a value refers to by Ref, Fn::GetAtt and Fn::Sub. */
const referencesIn = (value: TemplateValue): readonly string[] => {
  if (typeof value !== 'object' || value === null) return [];
  const entries = Object.entries(value);
  const [key, argument] = entries.length === 1 ? (entries[0] ?? []) : [];
  if (key === 'Ref' && typeof argument === 'string') return [argument];
  if (key === 'Fn::GetAtt') return [logicalIdOf(argument)];
  const nested = Object.values(value).flatMap(referencesIn);
  return key === 'Fn::Sub' ? [...nested, ...substitutedIn(argument)] : nested;
};

const logicalIdOf = (argument: TemplateValue | undefined): string =>
  String(Array.isArray(argument) ? argument[0] : String(argument).split('.')[0]);

const substitutedIn = (argument: TemplateValue | undefined): readonly string[] => {
  const [text, variables] = Array.isArray(argument) ? argument : [argument, {}];
  return [...String(text).matchAll(/\$\{([^!}][^}]*)\}/g)]
    .map((match) => String(match[1]).split('.')[0] ?? '')
    .filter((name) => !(name in Object(variables)));
};

const findCircle = (
  dependencies: ReadonlyMap<string, ReadonlySet<string>>,
): readonly string[] | undefined => {
  const finished = new Set<string>();
  const visit = (id: string, path: readonly string[]): readonly string[] | undefined => {
    if (path.includes(id)) return [...path.slice(path.indexOf(id)), id];
    if (finished.has(id)) return undefined;
    for (const target of dependencies.get(id) ?? []) {
      const circle = visit(target, [...path, id]);
      if (circle !== undefined) return circle;
    }
    finished.add(id);
    return undefined;
  };
  for (const id of dependencies.keys()) {
    const circle = visit(id, []);
    if (circle !== undefined) return circle;
  }
  return undefined;
};
