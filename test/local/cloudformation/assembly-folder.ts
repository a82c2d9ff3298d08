import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type AssemblyStack, readCloudAssembly } from '../../../local/cloudformation/cloud-assembly.ts';

interface StackSource {
  readonly template: object;
  readonly dependencies?: readonly string[];
  readonly environment?: string;
}

/** Writes a cloud assembly by hand, in the form that CDK gives it, without the seconds that CDK takes. Removed after the test. */
export const writeAssembly = (
  stacks: Readonly<Record<string, StackSource>>,
  otherArtifacts: object = {},
): string => {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-assembly-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const artifacts: Record<string, object> = { ...otherArtifacts };
  for (const [name, { template, dependencies = [], environment }] of Object.entries(stacks)) {
    artifacts[name] = {
      type: 'aws:cloudformation:stack',
      environment: environment ?? 'aws://unknown-account/unknown-region',
      dependencies,
      properties: { templateFile: `${name}.template.json` },
    };
    writeFileSync(join(directory, `${name}.template.json`), JSON.stringify(template));
  }
  writeFileSync(join(directory, 'manifest.json'), JSON.stringify({ version: '55.0.0', artifacts }));
  return directory;
};

/** The stacks of one template, read back. */
export const stacksOf = (template: object, name = 'App'): readonly AssemblyStack[] =>
  readCloudAssembly(writeAssembly({ [name]: { template } }));
