import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PartContext, PartOutcome } from './part.ts';
import { runProgram } from './programs.ts';
import { installPython, root } from './tools.ts';

const packaged = ['holdfast-gateway', 'postinst', 'prerm', 'postrm'];
const shellScripts = [
  'examples/oracle_rman_data_backup.sh',
  ...packaged.map((name) => `scripts/package/files/${name}`),
];
const powerShellScripts = ['examples/oracle_rman_data_backup.ps1'];

/** Shell scripts against ShellCheck, those for Windows against a grammar of PowerShell. */
export async function checkScripts(context: PartContext): Promise<PartOutcome> {
  const bin = await installPython('scripts', context);
  const parser = join(import.meta.dirname, 'parse-powershell.py');
  const commands = [
    [join(bin, 'shellcheck'), '--format=gcc', ...shellScripts],
    [join(bin, 'python'), parser, ...powerShellScripts],
  ] as const;
  const logFile = join(context.folder, 'findings.log');
  for (const command of commands) await runProgram(command, { signal: context.signal, cwd: root, logFile });
  const problems = readFileSync(logFile, 'utf8').split('\n').filter(Boolean);
  const checked = `${shellScripts.length + powerShellScripts.length} scripts`;
  return { against: 'ShellCheck 0.11.0, tree-sitter-powershell 0.26.4', checked, explained: 0, problems };
}
