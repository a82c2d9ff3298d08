import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { writePlaceholderBundles } from '../../infra/placeholder-bundles.ts';
import { addStacks } from '../../infra/stacks.ts';
import { readStage } from '../../infra/stage.ts';
import { StatefulStack } from '../../infra/stateful-stack.ts';
import type { StackTemplate } from '../../infra/upgrade.ts';

/** Both stacks as they would be deployed, with the folder of their assembly; but for the code, which no template shows. */
export function synthesizeStacks(stage: object = { name: 'test' }) {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-stacks-'));
  // CDK's own look at the templates takes most of the time and gives warnings only; `cdk synth` shows them, in a test too.
  const app = new App({ outdir: folder, builtinCloudFormationValidation: false });
  const stacks = addStacks(app, readStage(stage), writePlaceholderBundles(join(folder, 'bundles')));
  app.synth();
  return {
    folder,
    stacks,
    stateful: Template.fromStack(stacks.stateful),
    stateless: Template.fromStack(stacks.stateless),
    remove: () => rmSync(folder, { recursive: true }),
  };
}

/** The template of a stateful stack alone. */
export function statefulTemplate(settings: ConstructorParameters<typeof StatefulStack>[2]): StackTemplate {
  const outdir = mkdtempSync(join(tmpdir(), 'holdfast-stacks-'));
  const app = new App({ outdir, builtinCloudFormationValidation: false });
  const template = templateOf(Template.fromStack(new StatefulStack(app, 'Stateful', settings)));
  rmSync(outdir, { recursive: true });
  return template;
}

export type SynthesizedStacks = ReturnType<typeof synthesizeStacks>;

export const templateOf = (template: Template) => template.toJSON() as StackTemplate;

/** Resources of a type by logical id, with their properties. */
export const resourcesOf = (template: Template, type: string) =>
  Object.entries(template.findResources(type)).map(([id, { Properties = {} }]) => ({ id, ...Properties }));

/**
 * A value of a template as text, resources by their logical ids without CDK's hash: `Vault/v1/mounts/*` for what
 * CloudFormation makes of the bucket's ARN. Exports stand for what they export.
 */
export function inWords(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return String(value);
  const [[intrinsic, of] = []] = Object.entries(value);
  if (intrinsic === 'Ref') return withoutHash(String(of));
  if (intrinsic === 'Fn::GetAtt') return withoutHash(String((of as string[])[0]));
  if (intrinsic === 'Fn::ImportValue') {
    const [, id] =
      /:ExportsOutput(?:Ref|FnGetAtt)(\w+[0-9A-F]{8})(?:Arn)?[0-9A-F]{8}$/.exec(String(of)) ?? [];
    return withoutHash(id ?? String(of));
  }
  if (intrinsic === 'Fn::Join') {
    const [separator, parts] = of as [string, unknown[]];
    return parts.map(inWords).join(separator);
  }
  throw new Error(`what does ${intrinsic} stand for?`);
}

const withoutHash = (logicalId: string) => logicalId.replace(/[0-9A-F]{8}$/, '');

/** As a name stands in a logical id. */
export const asLogicalId = (name: string) => name.replaceAll('-', '');

export const list = <T>(value: T | readonly T[]): readonly T[] =>
  Array.isArray(value) ? value : [value as T];
