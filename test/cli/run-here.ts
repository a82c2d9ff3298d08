import { vi } from 'vitest';
import { run } from '../../cli/program.ts';

/** The command line in this process, much cheaper than one of its own: exit code and what it wrote. */
export async function runHere(...args: string[]) {
  const [stdout, stderr] = [captured(process.stdout), captured(process.stderr)];
  try {
    const code = await run(args);
    return { code, stdout: stdout.text(), stderr: stderr.text() };
  } finally {
    process.exitCode = 0;
    stdout.end();
    stderr.end();
  }
}

function captured(stream: NodeJS.WriteStream) {
  const spy = vi.spyOn(stream, 'write').mockReturnValue(true);
  return {
    text: () => spy.mock.calls.map(([text]) => String(text)).join(''),
    end: () => spy.mockRestore(),
  };
}
