import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts processor time in hundredths of a second, whatever the kernel's own clock. */
const ticksPerSecond = 100;

export interface ProcessFigures {
  readonly cpuSeconds: number;
  readonly peakRssBytes: number;
}

/** The child process whose command line has `part` in it. */
export function findChild(part: string): number {
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const [parent, command] = [readIfThere(`/proc/${name}/stat`), readIfThere(`/proc/${name}/cmdline`)];
    if (fieldsOf(parent)[1] === String(process.pid) && command.includes(part)) return Number(name);
  }
  throw new Error(`there is no child process with ${part}`);
}

/** Of a process with all its threads, since it started. */
export function figuresOf(pid: number): ProcessFigures {
  const fields = fieldsOf(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  const [, peak] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond,
    peakRssBytes: Number(peak) * 1024,
  };
}

/** What follows the program's name, which may contain anything: state, parent, … */
const fieldsOf = (stat: string): string[] => stat.slice(stat.lastIndexOf(')') + 2).split(' ');

/** Processes end while they are looked for. */
function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
