import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, type Stack } from 'aws-cdk-lib';
import { addStacks } from './stacks.ts';
import { readStage } from './stage.ts';
import { findUpgradeHazards, lastingPart, type StackTemplate } from './upgrade.ts';

// Makes the stacks of now the release that later ones are compared with: `node infra/baseline.ts`, as part of a release.
// When an update from the last release would lose something it writes nothing, unless told to with --accept.

const root = join(import.meta.dirname, '..');
const folder = join(root, 'test', 'infra', 'baseline');
const assembly = mkdtempSync(join(tmpdir(), 'holdfast-baseline-'));
try {
  const app = new App({ outdir: assembly });
  const { stateful, stateless } = addStacks(app, readStage({}));
  const { stacks } = app.synth();
  const templateOf = (stack: Stack) =>
    stacks.find(({ stackName }) => stackName === stack.stackName)?.template as StackTemplate;
  const next = { stateful: templateOf(stateful), stateless: templateOf(stateless) };

  const hazards = Object.entries(next).flatMap(([name, template]) =>
    findUpgradeHazards(readReleased(name), template),
  );
  for (const hazard of hazards) process.stdout.write(`${hazard}\n`);
  if (hazards.length > 0 && !process.argv.includes('--accept')) {
    process.stdout.write(
      'nothing is written; with --accept it is, once docs/deploy.md says how to upgrade\n',
    );
    process.exitCode = 1;
  } else {
    for (const [name, template] of Object.entries(next)) {
      writeFileSync(fileOf(name), `${JSON.stringify(lastingPart(template))}\n`);
    }
    execFileSync(join(root, 'node_modules', '.bin', 'biome'), ['format', '--write', folder]);
  }
} finally {
  rmSync(assembly, { recursive: true });
}

function fileOf(name: string): string {
  return join(folder, `${name}.json`);
}

function readReleased(name: string): StackTemplate {
  return JSON.parse(readFileSync(fileOf(name), 'utf8')) as StackTemplate;
}
