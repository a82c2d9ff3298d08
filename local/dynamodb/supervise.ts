/**
 * Runs a command for as long as the process that started this one lives: `node supervise.ts command args…`.
 * The parent holds the other end of our stdin. However it ends, kill -9 included, the kernel closes that pipe,
 * and the command is stopped. No pid is stored, so none can be stale.
 */
import { spawn } from 'node:child_process';

const KILL_AFTER_MS = 3_000;

const [command, ...args] = process.argv.slice(2);
if (command === undefined) throw new Error('usage: supervise.ts command args…');

const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
child.on('error', (error) => {
  console.error(error.message);
  process.exit(127);
});
child.on('exit', (code) => process.exit(code ?? 1));

const stop = (): void => {
  child.kill('SIGTERM');
  setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS).unref();
};
process.stdin.on('end', stop).on('error', stop).resume();
process.on('SIGTERM', stop).on('SIGINT', stop).on('SIGHUP', stop);
