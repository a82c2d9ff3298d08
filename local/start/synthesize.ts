import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { hashOfInputs, takeOrMake } from './kept-assemblies.ts';

const root = join(import.meta.dirname, '..', '..');

/** On one machine polls cost nothing, and people watch. */
const stage = { name: 'local', storePollSeconds: 1 };

/** Everything that a template or a bundle is made from. */
const inputs = [
  'functions',
  'infra',
  'shared',
  'statemachines',
  'cdk.json',
  'package-lock.json',
  'package.json',
];
const cache = join(root, 'node_modules', '.cache', 'holdfast-assemblies');

/** Brings the synthesized app into a folder, which is replaced; it is made anew when what it is made from has changed. */
export async function provideAssembly(directory: string, say: (line: string) => void): Promise<void> {
  const more = JSON.stringify({ stage, node: process.version });
  const key = await hashOfInputs(root, inputs, more);
  await takeOrMake({ cache, key }, directory, async () => {
    say('synthesizing the app');
    await synthesize(directory);
  });
}

/** As `cdk synth` does. In a process of its own: CDK is only needed until then. */
async function synthesize(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  const child = spawn(process.execPath, [join(root, 'infra', 'app.ts')], {
    cwd: root,
    // CDK's own look at the finished templates, a third of the time, gives warnings only: they are for `npm run synth`.
    env: {
      ...process.env,
      ...{ CDK_OUTDIR: directory, CDK_CONTEXT_JSON: JSON.stringify({ stage }), CDK_VALIDATION: 'false' },
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let problems = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    problems += text;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`the app cannot be synthesized:\n${problems.trim()}`);
}
