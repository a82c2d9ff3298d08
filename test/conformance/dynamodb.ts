import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findFreePort } from '../../local/assembly/ports.ts';
import type { PartContext, PartOutcome } from './part.ts';
import { type RunningProgram, startProgram } from './programs.ts';
import { judge, runSuite } from './suite.ts';
import { installJars, root } from './tools.ts';

const source = join(import.meta.dirname, 'dynamodb-local');
const suites = join('test', 'adapters');

/** The catalog's contract on DynamoDB Local, after the same tests on the dynoxide that npm start uses. */
export async function checkDynamoDb(context: PartContext): Promise<PartOutcome> {
  const jars = await installJars('dynamodb-local', join(source, 'pom.xml'), context);
  const files = readdirSync(join(root, suites))
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => join(suites, name))
    .filter((file) => readFileSync(join(root, file), 'utf8').includes('running-catalog.ts'));

  context.say(`${files.length} files on dynoxide`);
  const base = await runSuite(files, { HOLDFAST_DYNAMODB_ENDPOINT: '' }, context);
  const broken = base.filter(({ isPassed }) => !isPassed).map(({ name }) => `fails on dynoxide: ${name}`);

  const endpoint = `http://127.0.0.1:${await findFreePort()}`;
  const server = await startDynamoDbLocal(jars, endpoint, context);
  try {
    context.say(`${files.length} files on DynamoDB Local`);
    const results = await runSuite(files, { HOLDFAST_DYNAMODB_ENDPOINT: endpoint }, context);
    const { problems, ...outcome } = judge('dynamodb-differences.json', results, 'DynamoDB Local', context);
    return { ...outcome, problems: [...broken, ...problems] };
  } finally {
    await server.stop();
  }
}

function startDynamoDbLocal(
  jars: string,
  endpoint: string,
  { folder, signal }: PartContext,
): Promise<RunningProgram> {
  const { port } = new URL(endpoint);
  const java = ['java', '-cp', join(jars, '*'), `-Dsqlite4java.library.path=${jars}`] as const;
  const launcher = join(source, 'LoopbackDynamoDb.java');
  const command = [...java, launcher, '-inMemory', '-port', port, '-disableTelemetry'] as const;
  const logFile = join(folder, 'dynamodb-local.log');
  const env = { DDB_LOCAL_TELEMETRY: '0' };
  const isReady = async () => (await fetch(endpoint).catch(() => undefined)) !== undefined;
  return startProgram(command, { signal, logFile, env, cwd: folder }, isReady);
}
