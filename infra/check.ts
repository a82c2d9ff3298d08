import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { acknowledgedRules } from './acknowledged-rules.ts';
import { writePlaceholderBundles } from './placeholder-bundles.ts';
import { addStacks } from './stacks.ts';
import { readStage } from './stage.ts';

// Rules about the stacks that only their synthesized form shows: cdk-nag's, and that the state machines are sound once
// names stand in their places. Run by `npm run check`, not at every synthesis.

const folder = mkdtempSync(join(tmpdir(), 'holdfast-infra-'));
try {
  const assembly = join(folder, 'assembly');
  const problems = [...checkRules(assembly), ...checkDefinitions(assembly)];
  for (const problem of problems) process.stdout.write(`${problem}\n`);
  process.exitCode = problems.length === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true });
}

interface ValidationReport {
  readonly pluginReports: readonly {
    readonly violations: readonly {
      readonly ruleName: string;
      readonly description: string;
      readonly violatingConstructs: readonly { readonly constructPath: string }[];
    }[];
  }[];
}

function* checkRules(assembly: string): Generator<string> {
  // CDK's own look at the templates gives warnings only: they are for `npm run synth`.
  const app = new App({ outdir: assembly, builtinCloudFormationValidation: false });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  addStacks(app, readStage({ name: 'check' }), writePlaceholderBundles(join(folder, 'bundles')));
  try {
    app.synth();
  } catch (error) {
    // The findings are in the report, matched below; anything else is a failure of the synthesis.
    if (!String(error).includes('Validation failed')) throw error;
  }
  const used = new Set<RegExp>();
  const report = JSON.parse(
    readFileSync(join(assembly, 'validation-report.json'), 'utf8'),
  ) as ValidationReport;
  for (const { ruleName, description, violatingConstructs } of report.pluginReports.flatMap(
    (r) => r.violations,
  )) {
    for (const { constructPath } of violatingConstructs) {
      const rule = acknowledgedRules.find((r) => r.finding.test(ruleName) && r.construct.test(constructPath));
      if (rule === undefined) yield `${ruleName} at ${constructPath}: ${description}`;
      else used.add(rule.finding);
    }
  }
  for (const { finding } of acknowledgedRules) {
    if (!used.has(finding)) yield `${finding} is acknowledged but found nowhere: remove it`;
  }
}

function* checkDefinitions(assembly: string): Generator<string> {
  const template = join(assembly, 'Holdfast-check-stateless.template.json');
  const { Resources } = JSON.parse(readFileSync(template, 'utf8')) as {
    Resources: Record<string, { Type: string; Properties: StateMachineProperties }>;
  };
  const machines = Object.entries(Resources).filter(
    ([, { Type }]) => Type === 'AWS::StepFunctions::StateMachine',
  );
  if (machines.length === 0) yield 'the template has no state machines';
  const files = machines.flatMap(([name, { Properties }]) => {
    const file = join(folder, `${name}.json`);
    writeFileSync(file, substitute(Properties));
    return ['--json-path', file];
  });
  const program = join(import.meta.dirname, '..', 'node_modules', '.bin', 'asl-validator');
  const { status, stdout, stderr } = spawnSync(program, files, { encoding: 'utf8' });
  if (status !== 0) yield `${stdout}${stderr}`;
}

interface StateMachineProperties {
  readonly DefinitionString: string;
  readonly DefinitionSubstitutions?: Readonly<Record<string, unknown>>;
}

/** As CloudFormation does, but with an example where a name is only known when deployed. */
function substitute({ DefinitionString, DefinitionSubstitutions = {} }: StateMachineProperties): string {
  return DefinitionString.replace(/\$\{(\w+)\}/g, (_, name: string) => {
    const value = DefinitionSubstitutions[name];
    return typeof value === 'string' ? value : `arn:aws:lambda:us-east-1:123456789012:function:${name}`;
  });
}
