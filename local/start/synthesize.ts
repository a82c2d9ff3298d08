import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

/** On one machine polls cost nothing, and people watch. */
const stage = { name: 'local', storePollSeconds: 1 };

/** Synthesizes the app into a folder, as `cdk synth` does. In a process of its own: CDK is only needed until then. */
export async function synthesize(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  const child = spawn(process.execPath, [join(root, 'infra', 'app.ts')], {
    cwd: root,
    env: { ...process.env, CDK_OUTDIR: directory, CDK_CONTEXT_JSON: JSON.stringify({ stage }) },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let problems = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    problems += text;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`the app cannot be synthesized:\n${problems.trim()}`);
}
