import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { findFreePorts } from '../../local/assembly/ports.ts';
import type { PartContext, PartOutcome } from './part.ts';
import { type RunningProgram, startProgram } from './programs.ts';
import { judge, runSuite } from './suite.ts';
import { installPython, root } from './tools.ts';

const credentials = { accessKeyId: 'AKIACONFORMANCE', secretAccessKey: 'conformance-secret' };
const region = 'eu-central-1';
const suites = join('test', 'local', 's3');

/** The contract suites of the local S3 on SeaweedFS: where both agree, it is S3's behaviour and not our idea of it. */
export async function checkS3(context: PartContext): Promise<PartOutcome> {
  const bin = await installPython('seaweedfs', context);
  const ports = await findFreePorts(
    ['master', 'volume', 'filer', 's3', ...grpcOf('master', 'volume', 'filer', 's3')],
    [],
  );
  const endpoint = `http://127.0.0.1:${ports('s3')}`;
  const server = await startSeaweedFs(join(bin, 'weed'), ports, endpoint, context);
  try {
    const files = readdirSync(join(root, suites))
      .filter((name) => name.endsWith('.test.ts'))
      .map((name) => join(suites, name))
      .filter((file) => readFileSync(join(root, file), 'utf8').includes(`from './endpoint.ts'`));
    context.say(`${files.length} files on SeaweedFS`);
    const env = {
      HOLDFAST_S3_ENDPOINT: endpoint,
      HOLDFAST_S3_REGION: region,
      HOLDFAST_S3_ACCESS_KEY_ID: credentials.accessKeyId,
      HOLDFAST_S3_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    };
    const results = await runSuite(files, env, context);
    return judge('s3-differences.json', results, 'SeaweedFS', context);
  } finally {
    await server.stop();
  }
}

const grpcOf = (...names: readonly string[]) => names.map((name) => `${name}.grpc`);

async function startSeaweedFs(
  program: string,
  ports: (name: string) => number,
  endpoint: string,
  { folder, signal }: PartContext,
): Promise<RunningProgram> {
  const identities = [{ name: 'tester', credentials: [withKeys()], actions: ['Admin'] }];
  const config = join(folder, 's3.json');
  writeFileSync(config, JSON.stringify({ identities }), { mode: 0o600 });
  const names = ['master', 'volume', 'filer', 's3'];
  const listen = names.flatMap((name) => [
    `-${name}.port=${ports(name)}`,
    `-${name}.port.grpc=${ports(`${name}.grpc`)}`,
  ]);
  const sockets = ['filer', 's3'].map((name) => `-${name}.localSocket=${join(folder, `${name}.sock`)}`);
  const command = [
    program,
    'server',
    `-dir=${folder}`,
    '-ip=127.0.0.1',
    '-ip.bind=127.0.0.1',
    ...listen,
    ...sockets,
    '-master.telemetry=false',
    '-master.volumeSizeLimitMB=128',
    // One bucket is one collection, and each collection takes volumes of its own.
    '-volume.max=2000',
    '-volume.minFreeSpace=1',
    '-s3',
    `-s3.config=${config}`,
    '-s3.port.iceberg=0',
    '-s3.port.lance=0',
    // Tests name buckets that do not exist.
    '-s3.autoCreateBucket=false',
    '-s3.allowDeleteBucketNotEmpty=false',
  ] as const;
  const logFile = join(folder, 'seaweedfs.log');
  return startProgram(command, { signal, logFile, cwd: folder }, () => canStore(endpoint));
}

const withKeys = () => ({ accessKey: credentials.accessKeyId, secretKey: credentials.secretAccessKey });

/** The S3 port answers before there is a volume to write to: only a stored object shows that all is up. */
async function canStore(endpoint: string): Promise<boolean> {
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true, maxAttempts: 1 });
  const object = { Bucket: 'ready', Key: 'ready' };
  try {
    await client.send(new CreateBucketCommand({ Bucket: object.Bucket })).catch(() => {});
    await client.send(new PutObjectCommand({ ...object, Body: 'ready' }));
    await client.send(new DeleteObjectCommand(object));
    await client.send(new DeleteBucketCommand({ Bucket: object.Bucket }));
    return true;
  } catch {
    return false;
  } finally {
    client.destroy();
  }
}
