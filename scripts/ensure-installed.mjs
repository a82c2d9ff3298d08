// Runs before every npm script, on whatever Node started npm (so: plain JavaScript, no dependency).
// Installs the locked dependencies when they are missing or the lockfile changed; does nothing otherwise.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { forgetInstall, isInstalled, noteInstall } from './install-marker.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const turn = join(root, '.holdfast-installing');

const fail = (line) => {
  console.error(`holdfast: ${line}`);
  process.exit(1);
};

const requireCommand = (command, why) => {
  if (spawnSync(command, ['--version'], { stdio: 'ignore' }).error) fail(`${command} is missing: ${why}`);
};

const major = Number(process.versions.node.split('.')[0]);
if (major < 20) fail(`Node 20 or newer is needed, this is ${process.version}: install it from nodejs.org`);
requireCommand('bash', "the DBA's script is a bash script; install bash");
requireCommand('curl', "the DBA's script calls the gateway with curl; install curl");

const isAlive = (pid) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

const readOwners = () => {
  try {
    return readFileSync(turn, 'utf8').split(' ').map(Number);
  } catch {
    // Given up in this moment.
    return [];
  }
};

// Two commands side by side in a fresh clone: one installs, the other waits. The lock names its owner and, as soon as it
// runs, npm, which goes on when its parent is killed; what both left behind holds nobody up.
const takeTurn = () => {
  for (;;) {
    try {
      writeFileSync(turn, String(process.pid), { flag: 'wx' });
      process.on('exit', () => rmSync(turn, { force: true }));
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const owners = readOwners();
    if (owners.length > 0 && !owners.some(isAlive)) rmSync(turn, { force: true });
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  }
};

const install = async () => {
  console.error('holdfast: installing the locked dependencies (npm ci), once');
  // An install that ends half-way must not pass for the one before it.
  forgetInstall();
  const program = process.env.npm_execpath;
  const [command, args] = program ? [process.execPath, [program]] : ['npm', []];
  // Node 20's npm warns of packages made for Node 22; they run on the Node 24 that is installed with them.
  const npm = spawn(command, [...args, 'ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  npm.once('spawn', () => writeFileSync(turn, `${process.pid} ${npm.pid}`));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => npm.kill(signal));
  const [status] = await once(npm, 'exit').catch((error) => fail(`npm does not run: ${error.message}`));
  if (status !== 0) fail('npm ci failed, see its message above; run the command again when it is fixed');
  noteInstall();
};

if (!isInstalled()) {
  takeTurn();
  if (!isInstalled()) await install();
}
