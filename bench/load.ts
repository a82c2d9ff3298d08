import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetExecutionHistoryCommand, ListExecutionsCommand, SFNClient } from '@aws-sdk/client-sfn';
import { findDynamoDb } from '../local/dynamodb/program.ts';
import { startDynamoDb } from '../local/dynamodb/server.ts';
import { createApiClient } from '../local/start/api-client.ts';
import { provideAssembly } from '../local/start/synthesize.ts';
import { type LocalAws, startLocalAws } from '../local/up.ts';
import { type CountingTable, startCountingTable, type TableUse, usedSince } from './load/counting-table.ts';
import { BenchGateway } from './load/gateways.ts';
import { lambdaUsd, prices, tableUsd } from './load/prices.ts';
import { reportRatio } from './support/ratio.ts';

// 200 gateways that poll and 1,000 requests of backups, over HTTP against the service on this machine: what the service asks of DynamoDB,
// Lambda, the API and Step Functions for each, and what that costs a gateway and month. Counts carry over to a deployed service, seconds do not.

const GATEWAYS = 200;
const REQUESTS = 1000;
const IDLE_POLLS = 5;
const AT_ONCE = 4;
const MONTH_SECONDS = 30 * 86_400;
const POLL_SECONDS = 30;
const WATCH_SECONDS = 300;
/** The authorizer's answer is kept so long at most, for each gateway. */
const AUTHORIZER_SECONDS = 60;
/** Histories that are read for their transitions: all requests go the same way. */
const HISTORIES = 20;
/** An idle gateway costs less a month. */
const MOST_USD = 1;
/** What a poll asks of the table among 200 gateways, against one that is alone. */
const MOST_GROWTH = 1.1;

const directory = mkdtempSync(join(tmpdir(), 'holdfast-bench-load-'));
const dataDirectory = join(directory, 'aws');
async function measure(aws: LocalAws, table: CountingTable): Promise<void> {
  const outputs = Object.assign({}, ...Object.values(aws.outputs)) as Record<string, string>;
  const { ApiUrl: url = '', IssueCredentialFunction: issue = '' } = outputs;
  const { payload } = await aws.lambda.invoke(issue, JSON.stringify({ role: 'admin', description: 'bench' }));
  const admin = createApiClient(url, (JSON.parse(payload) as { apiKey: string }).apiKey);
  const keyOf = (name: string) => accessKeyOf(aws, name);
  const pollsOf = async (gateways: readonly BenchGateway[]) => {
    const before = table.read(keyOf('stores-api'));
    const polls = gateways.flatMap((gateway) => Array.from({ length: IDLE_POLLS }, () => gateway));
    // One at a time of each gateway: a poll names the one before.
    for (let round = 0; round < IDLE_POLLS; round++) await atOnce(gateways, (gateway) => gateway.poll());
    return perEach(usedSince(before, table.read(keyOf('stores-api'))), polls.length);
  };

  const first = await BenchGateway.make(admin, url, 'bench-0');
  const alone = await pollsOf([first]);
  const gateways = [first];
  const numbers = Array.from({ length: GATEWAYS - 1 }, (_, index) => index + 1);
  gateways.push(...(await atOnce(numbers, (number) => BenchGateway.make(admin, url, `bench-${number}`))));
  const idle = await pollsOf(gateways);

  // It finds one credential each time.
  const authorizer = table.read(keyOf('authorizer'));
  const authorized = perEach(authorizer, authorizer.requests);
  const watch = await watchOnce(aws, table);

  const beforeRequests = table.read();
  const orders = Array.from({ length: REQUESTS / GATEWAYS }, () => gateways);
  let polls = 0;
  for (const round of orders) {
    const done = await atOnce(round, (gateway) => gateway.carryOutRequest(admin));
    polls += done.reduce((sum, each) => sum + each, 0);
  }
  const { transitions, tasks, ended } = await readExecutions(aws);
  const request = perEach(usedSince(plus(beforeRequests, idle, polls), table.read()), REQUESTS);
  report({ alone, idle, watch, request, transitions, tasks, polls: polls / REQUESTS, ended, authorized });
}

interface Measured {
  readonly alone: TableUse;
  readonly idle: TableUse;
  readonly watch: TableUse;
  readonly authorized: TableUse;
  readonly request: TableUse;
  readonly transitions: number;
  readonly tasks: number;
  readonly polls: number;
  readonly ended: number;
}

function report({
  alone,
  idle,
  watch,
  authorized,
  request,
  transitions,
  tasks,
  polls,
  ended,
}: Measured): void {
  const monthly = MONTH_SECONDS / POLL_SECONDS;
  const authorizations = MONTH_SECONDS / AUTHORIZER_SECONDS;
  const usd = {
    api: monthly * prices.apiRequest,
    lambda: lambdaUsd(monthly + authorizations + MONTH_SECONDS / WATCH_SECONDS / GATEWAYS),
    table: monthly * tableUsd(idle) + authorizations * tableUsd(authorized),
    watch: (MONTH_SECONDS / WATCH_SECONDS) * tableUsd(watch),
  };
  const month = usd.api + usd.lambda + usd.table + usd.watch;
  // Order, progress and end; the polls in which the command comes are those that are made anyhow, or faster while it runs.
  const calls = 3;
  const perRequest =
    calls * prices.apiRequest +
    lambdaUsd(calls + tasks) +
    tableUsd(request) +
    transitions * prices.stateTransition;
  const say = (line: string) => process.stdout.write(`${line}\n`);
  say(`an idle poll: ${figures(idle)}; 1 API request, 1 Lambda invocation`);
  say(`a call of the authorizer: ${figures(authorized)}`);
  say(`a run of the watch, for each gateway: ${figures(watch)}`);
  say(
    `a request without its backup: ${figures(request)}; ${calls} API requests and ${polls.toFixed(1)} polls, ${(calls + tasks).toFixed(1)} Lambda invocations, ${transitions.toFixed(1)} transitions`,
  );
  say(
    `prices of ${prices.asOf}, ${prices.source}; Lambda by an assumed 50 ms at 512 MiB; without logs, keys and traffic`,
  );
  say(`1,000 requests: ${(1000 * perRequest).toFixed(3)} USD`);
  say(
    `an idle gateway and month: API ${usd.api.toFixed(3)}, Lambda ${usd.lambda.toFixed(3)}, table ${usd.table.toFixed(3)}, watch ${usd.watch.toFixed(3)} USD`,
  );
  reportRatio({
    what: 'an idle gateway and month',
    ours: month,
    peer: MOST_USD,
    unit: 'USD',
    limit: { atMost: 1 },
  });
  reportRatio({
    ...{ what: `requests of a poll among ${GATEWAYS} gateways, against one alone`, unit: 'requests' },
    ...{ ours: idle.requests, peer: alone.requests, limit: { atMost: MOST_GROWTH } },
  });
  reportRatio({ what: 'requests that ended', ours: ended, peer: REQUESTS, unit: '', limit: { atLeast: 1 } });
}

const figures = ({ requests, readUnits, writeUnits }: TableUse): string =>
  `${requests.toFixed(2)} requests of the table, ${readUnits.toFixed(2)} read and ${writeUnits.toFixed(2)} write units`;

/** A run of its own, for its schedule may not come while this lasts. */
async function watchOnce(aws: LocalAws, table: CountingTable): Promise<TableUse> {
  const key = accessKeyOf(aws, 'watch');
  const before = table.read(key);
  const { name } = aws.findResource('AWS::Lambda::Function', 'Functionswatch');
  const { functionError, payload } = await aws.lambda.invoke(name, '{}');
  if (functionError !== undefined) throw new Error(`the watch failed: ${payload}`);
  return perEach(usedSince(before, table.read(key)), GATEWAYS);
}

async function readExecutions(aws: LocalAws) {
  const { accessKeyId, secretAccessKey } = aws.adminCredential;
  const client = new SFNClient({
    ...{ region: aws.region, endpoint: aws.endpoints.stepfunctions },
    credentials: { accessKeyId, secretAccessKey },
  });
  const machine = aws.findResource('AWS::StepFunctions::StateMachine', 'backuprequest');
  const executions = await listEnded(client, machine.attributes.Arn ?? '');
  let transitions = 0;
  let tasks = 0;
  const sample = executions.slice(0, HISTORIES);
  for (const executionArn of sample) {
    const command = new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 });
    const types = ((await client.send(command)).events ?? []).map(({ type = '' }) => type);
    transitions += types.filter((type) => type.endsWith('StateEntered')).length;
    tasks += types.filter((type) => type === 'TaskScheduled' || type === 'LambdaFunctionScheduled').length;
  }
  client.destroy();
  return {
    transitions: transitions / sample.length,
    tasks: tasks / sample.length,
    ended: executions.length,
  };
}

/** The last ones are given some time to end. */
async function listEnded(client: SFNClient, stateMachineArn: string): Promise<string[]> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const ended: string[] = [];
    let nextToken: string | undefined;
    do {
      const command = new ListExecutionsCommand({ stateMachineArn, maxResults: 1000, nextToken });
      const page = await client.send(command);
      for (const { status, executionArn } of page.executions ?? []) {
        if (status !== 'RUNNING' && executionArn !== undefined) ended.push(executionArn);
      }
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    if (ended.length >= REQUESTS || Date.now() > deadline) return ended;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** Of the role of a function; CDK leaves hyphens out of its ids. */
function accessKeyOf(aws: LocalAws, functionName: string): string {
  const id = `Functions${functionName.replaceAll('-', '')}role`;
  const { Arn: arn = '' } = aws.findResource('AWS::IAM::Role', id).attributes;
  const file = readFileSync(join(dataDirectory, 'credentials.json'), 'utf8');
  const found = (JSON.parse(file) as Record<string, { accessKeyId: string } | undefined>)[arn];
  if (found === undefined) throw new Error(`no key is known of ${arn}`);
  return found.accessKeyId;
}

async function atOnce<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const rest = items.entries();
  const run = async () => {
    for (const [index, item] of rest) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, run));
  return results;
}

const perEach = ({ requests, readUnits, writeUnits }: TableUse, count: number): TableUse => ({
  requests: requests / count,
  readUnits: readUnits / count,
  writeUnits: writeUnits / count,
});

const plus = (one: TableUse, other: TableUse, times: number): TableUse => ({
  requests: one.requests + times * other.requests,
  readUnits: one.readUnits + times * other.readUnits,
  writeUnits: one.writeUnits + times * other.writeUnits,
});

/** Taken again at once; dynoxide cannot say which port it took. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

// Last: what it calls is defined above.
const ends: (() => Promise<unknown>)[] = [];
try {
  const database = await startDynamoDb({
    ...{ program: findDynamoDb(), directory: join(directory, 'dynamodb'), port: await freePort() },
  });
  ends.push(database.close);
  const table = await startCountingTable(database.endpoint);
  ends.push(table.close);
  process.env.HOLDFAST_DYNAMODB_ENDPOINT = table.url;
  const assemblyDirectory = join(directory, 'assembly');
  await provideAssembly(assemblyDirectory, () => {});
  const aws = await startLocalAws({ assemblyDirectory, dataDirectory });
  ends.push(aws.close);
  await measure(aws, table);
} finally {
  for (const end of ends.reverse()) await end();
  rmSync(directory, { recursive: true, force: true });
}
