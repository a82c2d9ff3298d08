import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { MissingTool, type PartContext } from './part.ts';
import { runProgram } from './programs.ts';

export const root = join(import.meta.dirname, '..', '..');
/** What was installed once; git does not see it. */
const installed = join(root, '.conformance');

const outputOf = (program: string, ...args: string[]): string | undefined => {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  return status === 0 ? `${stdout}${stderr}` : undefined;
};

/** Throws MissingTool unless Python 3.10 or newer with venv is there. */
export function requirePython(): void {
  const test = 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))';
  if (outputOf('python3', '-c', test) === undefined)
    throw new MissingTool('needs Python 3.10 or newer with venv on PATH as python3');
}

/** Throws MissingTool unless a Java 17 or newer (with its compiler) and Maven are there. */
export function requireJava(): void {
  const version = Number(/^javac (\d+)/.exec(outputOf('javac', '-version') ?? '')?.[1]);
  if (!(version >= 17)) throw new MissingTool('needs a JDK 17 or newer on PATH as java and javac');
  if (outputOf('mvn', '--version') === undefined) throw new MissingTool('needs Maven on PATH as mvn');
}

/**
 * The `bin` folder of a virtual environment that has just what `requirements/{name}.txt` pins; made once for each
 * content of that file.
 */
export async function installPython(name: string, context: PartContext): Promise<string> {
  requirePython();
  const requirements = join(import.meta.dirname, 'requirements', `${name}.txt`);
  const folder = await installOnce(name, readFileSync(requirements), context, async (target, logFile) => {
    const { signal } = context;
    const venv = await runProgram(['python3', '-m', 'venv', target], { signal, logFile });
    const pip = join(target, 'bin', 'pip');
    const install = [pip, 'install', '--disable-pip-version-check', '--requirement', requirements] as const;
    return venv === 0 && (await runProgram(install, { signal, logFile })) === 0;
  });
  return join(folder, 'bin');
}

/** A folder with the jars and native libraries that a pom names. */
export async function installJars(name: string, pom: string, context: PartContext): Promise<string> {
  requireJava();
  return installOnce(name, readFileSync(pom), context, async (target, logFile) => {
    const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${target}`] as const;
    const copy = ['mvn', '--batch-mode', '--no-transfer-progress', '--file', pom, ...goal] as const;
    return (await runProgram(copy, { signal: context.signal, logFile })) === 0;
  });
}

/** Installs into a folder that is named by content; a run that was cut off leaves no half one behind. */
async function installOnce(
  name: string,
  content: Buffer,
  { signal, say }: PartContext,
  install: (target: string, logFile: string) => Promise<boolean>,
): Promise<string> {
  const digest = createHash('sha256').update(content).digest('hex').slice(0, 12);
  const target = join(installed, `${name}-${digest}`);
  const mark = join(target, 'complete');
  if (existsSync(mark)) return target;
  say(`installing ${name} (once)`);
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  const logFile = join(target, 'install.log');
  const isInstalled = await install(target, logFile);
  signal.throwIfAborted();
  if (!isInstalled) {
    const end = readFileSync(logFile, 'utf8').trim().split('\n').slice(-5).join('\n');
    throw new Error(`${name} could not be installed:\n${end}`);
  }
  renameSync(logFile, mark);
  return target;
}
