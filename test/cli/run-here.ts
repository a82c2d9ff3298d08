import { vi } from 'vitest';
import { run } from '../../cli/program.ts';

interface Options {
  readonly environment?: Readonly<Record<string, string>>;
}

let last: Promise<unknown> = Promise.resolve();

/**
 * The command line in this process, much cheaper than one of its own: exit code and what it wrote. Calls take turns, for
 * streams and environment are the process's.
 */
export function runHere(args: readonly string[], options: Options = {}): ReturnType<typeof runNow> {
  const result = last.then(() => runNow(args, options));
  last = result.catch(() => {});
  return result;
}

async function runNow(args: readonly string[], { environment = {} }: Options) {
  for (const name of Object.keys(process.env).filter((each) => each.startsWith('HOLDFAST_'))) {
    vi.stubEnv(name, undefined);
  }
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  const [stdout, stderr] = [captured(process.stdout), captured(process.stderr)];
  try {
    const code = await run(args);
    return { code, stdout: stdout.text(), stderr: stderr.text() };
  } finally {
    process.exitCode = 0;
    stdout.end();
    stderr.end();
    vi.unstubAllEnvs();
  }
}

function captured(stream: NodeJS.WriteStream) {
  const spy = vi.spyOn(stream, 'write').mockReturnValue(true);
  return {
    text: () => spy.mock.calls.map(([text]) => String(text)).join(''),
    end: () => spy.mockRestore(),
  };
}
