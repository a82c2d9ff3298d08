import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { backUp } from '../../local/start/main-job.ts';
import { type Platform, startPlatform } from '../../local/start/platform.ts';
import { protocolVersion } from '../../shared/contracts/poll.ts';
import type { RouteContract } from '../../shared/contracts/route.ts';
import { routes } from '../../shared/contracts/routes.ts';
import { type ApiFinding, type ApiReport, readReport } from './api-findings.ts';
import type { PartContext, PartOutcome } from './part.ts';
import { runProgram } from './programs.ts';
import { installPython } from './tools.ts';

/** Without `operation`, `status` or `code` any is meant; `code: null` is what API Gateway answers itself. */
const explanations = z.array(
  z.strictObject({
    check: z.string(),
    operation: z.string().optional(),
    status: z.int().optional(),
    code: z.string().nullable().optional(),
    reason: z.string().min(20),
  }),
);
type Explanation = z.infer<typeof explanations>[number];

interface Pass {
  readonly name: string;
  readonly token: string;
  readonly operations: readonly string[];
}

/** The running app against its own OpenAPI document, with requests that schemathesis makes from it. */
export async function checkApi(context: PartContext): Promise<PartOutcome> {
  const bin = await installPython('schemathesis', context);
  const directory = join(context.folder, 'app');
  const platform = await startPlatform({ directory, gatewayPort: 0, say: context.say });
  try {
    const passes = await preparePasses(platform, directory, context);
    const reports = [];
    for (const pass of passes) {
      context.say(`${pass.operations.length} operations as ${pass.name}`);
      reports.push(await runSchemathesis(bin, platform.apiUrl, pass, context));
    }
    const silent = neverAnswered(passes, reports);
    if (silent.length > 0) context.say(`never answered with success: ${silent.join(', ')}`);
    const requests = reports.reduce((sum, report) => sum + report.requests, 0);
    const checked = `${new Set(passes.flatMap(({ operations }) => operations)).size} operations, ${requests} requests`;
    return { against: 'schemathesis', checked, ...judge(reports.flatMap(({ findings }) => findings)) };
  } finally {
    await platform.close();
  }
}

/**
 * A store with a mount, a recovery point and a restore, and both kinds of callers. What takes a caller's rights away
 * comes last: with a credential revoked, every answer would be 403 and look right.
 */
async function preparePasses(platform: Platform, directory: string, context: PartContext): Promise<Pass[]> {
  const { call, mountId } = platform;
  const { recoveryPointId } = await backUp({ platform, directory, ...context });
  await platform.gateway.stop();
  const { storeId } = await call('showMount', { params: { mountId } });
  const { code } = await call('createActivationCode', { params: { storeId } });
  const identity = { protocolVersion, gatewayVersion: 'conformance' };
  const { token } = await call('activateStore', { body: { code, ...identity } });
  await call('createRestore', { params: { recoveryPointId }, body: {} });
  const { apiKey } = JSON.parse(readFileSync(join(directory, 'setup.json'), 'utf8')) as { apiKey: string };

  const all = Object.entries<RouteContract>(routes);
  const revoking = ['createCredential', 'listCredentials', 'revokeCredential'];
  const forStore = all.filter(([, { roles }]) => roles.includes('store')).map(([name]) => name);
  const forAdmin = all
    .filter(
      ([name, { roles }]) => (roles === 'public' || roles.includes('admin')) && !revoking.includes(name),
    )
    .map(([name]) => name);
  const passes = [
    { name: 'store', token, operations: forStore },
    { name: 'admin', token: apiKey, operations: forAdmin },
    { name: 'admin, revoking', token: apiKey, operations: revoking },
  ];
  const missed = all
    .map(([name]) => name)
    .filter((name) => !passes.some((pass) => pass.operations.includes(name)));
  if (missed.length > 0) throw new Error(`no caller of this run may call ${missed.join(', ')}`);
  return passes;
}

/** For these only refusals were tested. */
function neverAnswered(passes: readonly Pass[], reports: readonly ApiReport[]): string[] {
  const targets = reports.flatMap(({ succeeded }) => [...succeeded]);
  const names = new Set(passes.flatMap(({ operations }) => operations));
  return Object.entries<RouteContract>(routes)
    .filter(([name]) => names.has(name))
    .filter(([, { method, path }]) => {
      const pattern = new RegExp(`^${method} ${path.replace(/\{\w+\}/g, '[^/]+')}$`);
      return !targets.some((target) => pattern.test(target));
    })
    .map(([name]) => name);
}

async function runSchemathesis(bin: string, url: string, pass: Pass, { folder, signal }: PartContext) {
  const name = pass.name.replace(/\W+/g, '-');
  const report = join(folder, `${name}.ndjson`);
  const logFile = join(folder, `${name}.log`);
  const options = ['--checks', 'all', '--url', url, '--report-ndjson-path', report, '--no-color'];
  const included = pass.operations.flatMap((operation) => ['--include-operation-id', operation]);
  const config = join(import.meta.dirname, 'schemathesis.toml');
  const program = [join(bin, 'schemathesis'), '--config-file', config, 'run'] as const;
  const command = [...program, `${url}/v1/openapi.json`, ...options, ...included] as const;
  await runProgram(command, { signal, cwd: folder, logFile, env: { HOLDFAST_TOKEN: pass.token } });
  const log = existsSync(logFile) ? readFileSync(logFile, 'utf8') : '';
  if (!/^Test cases:$/m.test(log)) throw new Error(`schemathesis did not finish:\n${log.slice(-2000)}`);
  return readReport(report);
}

function judge(findings: readonly ApiFinding[]) {
  const list = explanations.parse(
    JSON.parse(readFileSync(join(import.meta.dirname, 'api-differences.json'), 'utf8')),
  );
  const unexplained = findings.filter((finding) => !list.some((entry) => explains(entry, finding)));
  return {
    explained: findings.length - unexplained.length,
    problems: unexplained.map(
      ({ check, operation, status, code, message, example }) =>
        `${check}: ${operation} answers ${status ?? 'nothing'} ${code ?? ''}\n      ${message}\n      ${example}`,
    ),
  };
}

const explains = ({ check, operation, status, code }: Explanation, finding: ApiFinding): boolean =>
  check === finding.check &&
  (operation === undefined || operation === finding.operation) &&
  (status === undefined || status === finding.status) &&
  (code === undefined || code === (finding.code ?? null));
