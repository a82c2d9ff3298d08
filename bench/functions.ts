import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { bundleFunctions, bundleOptions } from '../infra/bundle.ts';
import type { FunctionDescription } from '../infra/function-description.ts';
import { functionTable } from '../infra/function-table.ts';
import { median, reportRatio } from './support/ratio.ts';

// What a cold start loads: the size of each function's bundle, and its import time as a ratio to an empty handler that
// makes the same SDK clients, bundled in the same way and imported in turn with it.

const ROUNDS = 9;
const MOST = 2;

/** Every variable that a function may read, with a value of its form. */
const environment = {
  PATH: process.env.PATH,
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'AKIABENCH',
  AWS_SECRET_ACCESS_KEY: 'secret',
  TABLE_NAME: 'catalog',
  BUCKET_NAME: 'vault',
  EVENT_BUS_NAME: 'bus',
  COMMIT_STATE_MACHINE_ARN: 'arn:aws:states:us-east-1:123456789012:stateMachine:commit',
  REQUEST_STATE_MACHINE_ARN: 'arn:aws:states:us-east-1:123456789012:stateMachine:request',
  RESTORE_STATE_MACHINE_ARN: 'arn:aws:states:us-east-1:123456789012:stateMachine:restore',
  REBUILD_STATE_MACHINE_ARN: 'arn:aws:states:us-east-1:123456789012:stateMachine:rebuild',
  RETENTION_STATE_MACHINE_ARN: 'arn:aws:states:us-east-1:123456789012:stateMachine:retention',
  RECLAIM_STATE_MACHINE_ARN: 'arn:aws:states:us-east-1:123456789012:stateMachine:reclaim',
  AUDIT_STATE_MACHINE_ARN: 'arn:aws:states:us-east-1:123456789012:stateMachine:audit',
  ARCHIVE_CLASS: 'none',
  COLD_AFTER_DAYS: '0',
  MAX_THAW_USD: '100',
  THAW_POLL_SECONDS: '900',
  LOCK_MODE: 'governance',
  LOCK_DAYS: '30',
  STORE_POLL_SECONDS: '30',
  BACKUP_QUOTA: '50',
  METRICS_NAMESPACE: 'Holdfast',
};

const directory = mkdtempSync(join(tmpdir(), 'holdfast-bench-'));

/** The SDK clients that a function makes. */
const clientsOf = ({ catalog, vault, starts, answersTasks, publishes }: FunctionDescription): string[] => [
  ...(catalog ? ['DynamoDBClient@client-dynamodb'] : []),
  ...(vault ? ['S3Client@client-s3'] : []),
  ...(starts || answersTasks ? ['SFNClient@client-sfn'] : []),
  ...(publishes ? ['EventBridgeClient@client-eventbridge'] : []),
];

/** Bundles an empty handler that makes these clients, once for each set of them; answers its file. */
const bundlePeer = (clients: readonly string[]): string => {
  const named = clients.map((client) => client.split('@'));
  const outfile = join(directory, 'peers', clients.join('+') || 'none', 'index.mjs');
  const { outExtension: _, ...options } = bundleOptions;
  buildSync({
    ...options,
    stdin: {
      contents: [
        ...named.map(([name, module]) => `import { ${name} } from '@aws-sdk/${module}';`),
        `const clients = [${named.map(([name]) => `new ${name}()`).join(', ')}];`,
        'export const handler = async () => clients.length;',
      ].join('\n'),
      resolveDir: join(import.meta.dirname, '..'),
    },
    outfile,
  });
  return outfile;
};

const timer = join(directory, 'time-import.mjs');
writeFileSync(
  timer,
  `const begin = performance.now();
await import(process.argv[2]);
process.stdout.write(String(performance.now() - begin));
process.exit();
`,
);

/** Milliseconds of the import in a fresh process. */
const timeImport = (file: string): number =>
  Number(execFileSync(process.execPath, [timer, file], { env: environment, encoding: 'utf8' }));

try {
  const bundles = bundleFunctions(directory);
  mkdirSync(join(directory, 'peers'));
  for (const [name, description] of Object.entries<FunctionDescription>(functionTable)) {
    const file = join(bundles, name, 'index.mjs');
    const peerFile = bundlePeer(clientsOf(description));
    const [ours, peer]: [number[], number[]] = [[], []];
    for (let round = 0; round < ROUNDS; round++) {
      ours.push(timeImport(file));
      peer.push(timeImport(peerFile));
    }
    const kib = (path: string) => `${Math.round(statSync(path).size / 1024)} KiB`;
    reportRatio({
      what: `${name} (${kib(file)}, peer ${kib(peerFile)})`,
      ...{ ours: median(ours), peer: median(peer), unit: 'ms', limit: { atMost: MOST } },
    });
  }
} finally {
  rmSync(directory, { recursive: true });
}
