import type { AddCommand } from '../add-command.ts';
import { jsonOption } from '../local/options.ts';

/** Of a file that has problems, and of one that cannot be read at all. */
const HAS_PROBLEMS = 1;
const NOT_READ = 2;

export const addCheckConfig: AddCommand = (gateway) => {
  gateway
    .command('check-config')
    .description(
      'whether a gateway could start with this configuration file; exits with 1 when it has problems, with 2 when it cannot be read',
    )
    .argument('<file>', 'the configuration file, JSON with comments')
    .addOption(jsonOption())
    .action(check);
};

const check = async (file: string, { json }: { readonly json?: true }): Promise<void> => {
  const { checkConfig, ConfigError } = await import('../../gateway/config.ts');
  try {
    const { problems } = await checkConfig(file);
    process.stdout.write(json ? `${JSON.stringify({ file, problems })}\n` : tableOf(file, problems));
    if (problems.length > 0) process.exitCode = HAS_PROBLEMS;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    if (json) process.stdout.write(`${JSON.stringify({ file, error: error.message })}\n`);
    else process.stderr.write(`holdfast: ${error.message}\n`);
    process.exitCode = NOT_READ;
  }
};

interface Problem {
  readonly place: string;
  readonly message: string;
}

const tableOf = (file: string, problems: readonly Problem[]): string =>
  problems.length === 0
    ? `${file} has no problems\n`
    : `${file} has problems:\n${problems.map(({ place, message }) => `  ${place || 'file'}: ${message}\n`).join('')}`;
