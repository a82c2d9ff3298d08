import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import type { PartContext, PartOutcome } from './part.ts';
import { runProgram } from './programs.ts';
import { installPython, root } from './tools.ts';

const findings = z.array(
  z.object({
    Filename: z.string(),
    Level: z.enum(['Error', 'Warning', 'Informational']),
    Message: z.string(),
    Location: z.object({ Path: z.array(z.union([z.string(), z.number()])).nullish() }),
    Rule: z.object({ Id: z.string() }),
  }),
);
type Finding = z.infer<typeof findings>[number];

/** `message`: a regular expression; without it the whole rule is meant. */
const accepted = z.array(
  z.strictObject({ rule: z.string(), message: z.string().optional(), reason: z.string().min(20) }),
);
type Accepted = z.infer<typeof accepted>[number];

/** The synthesized templates against CloudFormation's schemas and rules. */
export async function checkTemplates(context: PartContext): Promise<PartOutcome> {
  const { folder, signal, say } = context;
  const bin = await installPython('cfn-lint', context);
  const assembly = join(folder, 'assembly');
  const logFile = join(folder, 'synth.log');
  say('synthesizing the app');
  const synth = [process.execPath, join(root, 'infra', 'app.ts')] as const;
  const code = await runProgram(synth, { signal, cwd: root, env: { CDK_OUTDIR: assembly }, logFile });
  if (code !== 0) throw new Error(`the app cannot be synthesized:\n${readFileSync(logFile, 'utf8')}`);
  const templates = readdirSync(assembly).filter((name) => name.endsWith('.template.json'));

  const output = join(folder, 'findings.json');
  const options = ['--format', 'json', '--output-file', output, '--non-zero-exit-code', 'none'] as const;
  const lintLog = join(folder, 'cfn-lint.log');
  const lint = [join(bin, 'cfn-lint'), ...options, '--', ...templates] as const;
  if ((await runProgram(lint, { signal, cwd: assembly, logFile: lintLog })) !== 0)
    throw new Error(`cfn-lint failed:\n${readFileSync(lintLog, 'utf8')}`);
  const found = findings.parse(JSON.parse(readFileSync(output, 'utf8')));
  return { against: 'cfn-lint', checked: `${templates.length} templates`, ...judge(found) };
}

function judge(found: readonly Finding[]) {
  const list = accepted.parse(JSON.parse(readFileSync(join(import.meta.dirname, 'cfn-lint.json'), 'utf8')));
  const explains = ({ rule, message = '' }: Accepted, { Rule, Message }: Finding) =>
    rule === Rule.Id && new RegExp(message).test(Message);
  const unexplained = found.filter((finding) => !list.some((entry) => explains(entry, finding)));
  const idle = list.filter((entry) => !found.some((finding) => explains(entry, finding)));
  return {
    explained: found.length - unexplained.length,
    problems: [
      ...unexplained.map(
        ({ Rule, Level, Message, Filename, Location }) =>
          `${Level} ${Rule.Id} in ${Filename} at ${Location.Path?.join('/') ?? '/'}: ${Message}`,
      ),
      ...idle.map(({ rule, message }) => `listed, but not found: ${rule} ${message ?? ''}`.trimEnd()),
    ],
  };
}
