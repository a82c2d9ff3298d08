import { parseArgs } from 'node:util';

export const usage = `npm start [-- OPTIONS]
  --once        do the main job once in a temporary folder, restore it, compare, stop
  --json        progress on standard error; the last line of standard output is the result as JSON
  --data DIR    keep the data in DIR (default: .holdfast in the project; a second start uses the next free folder)
  --port N      port of the gateway (default: 9090, or the next free one)
  --help        this text`;

export interface StartOptions {
  readonly once: boolean;
  readonly json: boolean;
  readonly help: boolean;
  readonly data?: string;
  readonly port?: number;
}

/** Reads the command line; throws an Error with a clear line when it is not as `usage` says. */
export function readOptions(args: readonly string[]): StartOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      once: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      data: { type: 'string' },
      port: { type: 'string' },
    },
  });
  const { data, port, ...flags } = values;
  if (port !== undefined && !/^\d{1,5}$/.test(port)) throw new Error(`--port ${port} is not a port`);
  if (flags.once && data !== undefined)
    throw new Error('--once works in a temporary folder: leave --data out');
  return { ...flags, ...(data !== undefined && { data }), ...(port !== undefined && { port: Number(port) }) };
}
