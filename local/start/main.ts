import { once } from 'node:events';
import { demoDatabase } from './agent.ts';
import { makeTemporaryFolder, openFreeFolder, removeFolder } from './data-folder.ts';
import { backUp, restoreAndCompare } from './main-job.ts';
import { readOptions, type StartOptions, usage } from './options.ts';
import { type Platform, startPlatform } from './platform.ts';

// Lambda's time zone is UTC, and worker threads share the process's.
process.env['TZ'] = 'UTC';

const begin = performance.now();
const secondsSince = (from: number) => Math.round((performance.now() - from) / 10) / 100;
const say = (line: string) =>
  process.stderr.write(`[${secondsSince(begin).toFixed(1).padStart(5)} s] ${line}\n`);

/** Aborted by Ctrl-C and by whoever ends the process: what runs is given up, what was started is stopped. */
const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => interruption.abort(new Error(`stopped by ${signal}`)));
}

/** The main job once, in a temporary folder, with proof: what came back is what was written. */
async function runOnce(): Promise<{ result: object; isOk: boolean }> {
  const directory = await makeTemporaryFolder();
  let platform: Platform | undefined;
  try {
    platform = await startPlatform({ directory, gatewayPort: 0, say });
    const ready = secondsSince(begin);
    say('ready; the simulated Oracle host backs up');
    const job = { platform, directory, say, signal: interruption.signal };

    const backupBegin = performance.now();
    const point = await backUp(job);
    const backup = secondsSince(backupBegin);
    say(`recovery point ${point.recoveryPointId} holds ${point.totals.files} files`);

    const restoreBegin = performance.now();
    const differences = await restoreAndCompare(job, point.recoveryPointId);
    const restore = secondsSince(restoreBegin);
    for (const difference of differences) say(`differs: ${difference}`);

    const restoredIdentical = differences.length === 0;
    const { recoveryPointId, totals } = point;
    const { files, bytes } = totals;
    const isOk = restoredIdentical && files > 0;
    const seconds = { ready, backup, restore };
    return { isOk, result: { ok: isOk, recoveryPointId, files, bytes, restoredIdentical, seconds } };
  } finally {
    await platform?.close();
    await removeFolder(directory);
  }
}

/** Starts everything, does one backup and serves until it is told to stop. */
async function runAndServe(options: StartOptions): Promise<void> {
  const { signal } = interruption;
  const folder = openFreeFolder(options, say);
  let platform: Platform | undefined;
  try {
    const directory = folder.path;
    platform = await startPlatform({ directory, gatewayPort: options.port, say });
    const point = await backUp({ platform, directory, say, signal });
    printSummary(platform, directory, point, options.json);
    await Promise.race([once(signal, 'abort'), platform.gateway.ended]);
    if (!signal.aborted) throw new Error(`the gateway ended by itself: see ${directory}/gateway/gateway.log`);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    say('stopping');
    await platform?.close();
    folder.release();
  }
}

type Point = Awaited<ReturnType<typeof backUp>>;

function printSummary(platform: Platform, directory: string, point: Point, json: boolean) {
  const { apiUrl, httpsUrl, gateway, mountName } = platform;
  const { recoveryPointId, takenAt, expiresAt, totals } = point;
  if (json) {
    const { files, bytes } = totals;
    const facts = { recoveryPointId, files, bytes, apiUrl, httpsUrl, gatewayUrl: gateway.url, directory };
    process.stdout.write(`${JSON.stringify(facts)}\n`);
    return;
  }
  const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  process.stdout.write(`
recovery point  ${recoveryPointId}
  taken         ${takenAt}, expires ${expiresAt}
  holds         ${totals.files} files, ${mib(totals.bytes)}; stored as ${mib(totals.ownStoredBytes)}
API             ${apiUrl}/v1/openapi.json
  over https    ${httpsUrl}/api/v1/databases (certificate: ${directory}/tls/certificate.pem)
  admin key     in ${directory}/setup.json
database        ${demoDatabase}: npx holdfast backup start ${demoDatabase} --level 0 --expire 1w
gateway         ${gateway.url}/druva-phoenix/v1/mounts/${mountName}/backup
data            ${directory}

Ctrl-C stops everything; the next start finds the data again.
`);
}

async function main(): Promise<number> {
  let options: StartOptions;
  try {
    options = readOptions(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`holdfast: ${(error as Error).message}\n${usage}\n`);
    return 2;
  }
  if (options.help) {
    process.stdout.write(`${usage}\n`);
    return 0;
  }
  if (!options.once) {
    await runAndServe(options);
    return 0;
  }
  const { result, isOk } = await runOnce();
  process.stdout.write(`${JSON.stringify(result)}\n`);
  return isOk ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  say(`failed: ${message}`);
  if (process.argv.includes('--json'))
    process.stdout.write(`${JSON.stringify({ ok: false, error: message })}\n`);
  process.exitCode = 1;
}
