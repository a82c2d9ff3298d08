import type { AddCommand } from '../add-command.ts';
import { jsonOption } from '../local/options.ts';

const exitCodes = { ok: 0, warn: 1, fail: 2 } as const;

export const addDoctor: AddCommand = (gateway) => {
  gateway
    .command('doctor')
    .description(
      'checks all that a gateway needs, whether it runs or not, and says what to do; exits with 1 on warnings, with 2 on failures',
    )
    .requiredOption('--config <file>', 'the configuration file, JSON with comments')
    .addOption(jsonOption())
    .action(runDoctor);
};

interface Options {
  readonly config: string;
  readonly json?: true;
}

const runDoctor = async ({ config: file, json }: Options): Promise<void> => {
  const { examine } = await import('../../gateway/doctor/doctor.ts');
  const findings = await examine(file);
  const has = (status: string) => findings.some((finding) => finding.status === status);
  const status = has('fail') ? 'fail' : has('warn') ? 'warn' : 'ok';
  process.stdout.write(
    json ? `${JSON.stringify({ file, status, findings })}\n` : findings.map(linesOf).join(''),
  );
  process.exitCode = exitCodes[status];
};

interface Finding {
  readonly check: string;
  readonly status: keyof typeof exitCodes;
  readonly reason: string;
  readonly advice?: string;
}

const linesOf = ({ check, status, reason, advice }: Finding): string =>
  `${status.padEnd(4)}  ${check}: ${reason}\n${advice === undefined ? '' : `      → ${advice}\n`}`;
