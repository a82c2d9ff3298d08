import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { reportRatio } from '../support/ratio.ts';
import { logs, writeLog } from './logs.ts';

const BYTES = 2_000_000_000;
const MOST_MEMORY_MIB = 150;

const main = join(import.meta.dirname, '..', '..', 'cli', 'main.ts');
/**
 * Runs in the process that is weighed, and says at its end how much memory it had at most, in KiB. Linux counts in `maxRSS` what the
 * process had before it became this program: a part of the bench's own memory.
 */
const weigh = `data:text/javascript,
  import { readFileSync } from 'node:fs';
  const peak = () => process.platform === 'linux'
    ? Number(readFileSync('/proc/self/status', 'utf8').match(/VmHWM: *\\t* *([0-9]+)/)[1])
    : process.resourceUsage().maxRSS;
  process.on('exit', () => process.stderr.write('KiB ' + peak()));`.replaceAll('\n', '');

/**
 * A log of 2 GB: some megabytes of backups, as a year of them leaves, and noise around them. It is written while it is read, never to
 * a disk.
 */
function* longLog(): Generator<string> {
  const noise = [...writeLog(logs['noise alone'], 1_000_000)].join('');
  let written = 0;
  for (const part of writeLog(logs['a long log of everything'], BYTES / 50)) {
    yield part;
    written += part.length;
  }
  for (; written < BYTES; written += noise.length) yield noise;
}

/** How much memory `holdfast rman map --json -` needs for the long log. */
export const reportMemory = async (): Promise<void> => {
  const child = spawn(process.execPath, ['--import', weigh, main, 'rman', 'map', '--json', '-'], {
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  const closed = once(child, 'close');
  const [errors] = await Promise.all([
    text(child.stderr),
    pipeline(Readable.from(longLog(), { objectMode: true }), child.stdin),
  ]);
  await closed;
  const kibibytes = Number(/KiB (\d+)$/.exec(errors)?.[1]);
  if (child.exitCode !== 0 || Number.isNaN(kibibytes))
    throw new Error(`the long log was not read: ${errors}`);
  reportRatio({
    what: `memory for a log of ${BYTES / 1_000_000} MB`,
    ours: kibibytes / 1024,
    peer: MOST_MEMORY_MIB,
    unit: 'MiB',
    limit: { atMost: 1 },
  });
};
