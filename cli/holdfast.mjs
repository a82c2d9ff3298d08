#!/usr/bin/env node
// The command line as npm starts it: on whatever Node there is, before anything is installed (so: plain JavaScript, no
// dependency). Installs what is missing and goes on on the Node that comes with it.
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const watchMillis = 300;

const pathOf = (relative) => fileURLToPath(new URL(relative, import.meta.url));

// Standard output belongs to the command.
const install = spawnSync(process.execPath, [pathOf('../scripts/ensure-installed.mjs')], {
  stdio: ['ignore', 2, 2],
});
if (install.status !== 0) process.exit(install.status ?? 1);

if (Number(process.versions.node.split('.')[0]) >= 24) {
  endWithNpm(() => process.kill(process.pid, 'SIGTERM'));
  await import('./main.ts');
} else {
  const child = runOnInstalledNode();
  endWithNpm(() => child.kill('SIGTERM'));
}

function runOnInstalledNode() {
  // The channel carries nothing: its end tells the command that this process was killed.
  const child = spawn(
    pathOf('../node_modules/node/bin/node'),
    [pathOf('main.ts'), ...process.argv.slice(2)],
    {
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    },
  );
  child.on('error', (error) => {
    console.error(`holdfast: the installed Node does not run: ${error.message}`);
    process.exit(1);
  });
  for (const signal of signals) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code);
    // Ended by a signal: this process ends by the same one, so that the shell sees what happened.
    for (const each of signals) process.removeAllListeners(each);
    process.kill(process.pid, signal);
  });
  return child;
}

// npx starts a shell that starts this. A signal to npx ends the shell, which passes nothing on, and nobody says that npx
// was killed; so it is looked at whether they are still there.
function endWithNpm(end) {
  if (process.env.npm_command === undefined) return;
  const parent = process.ppid;
  const npm = parentOfShell(parent) ?? parent;
  const watch = setInterval(() => {
    if (process.ppid === parent && isAlive(npm)) return;
    clearInterval(watch);
    end();
  }, watchMillis);
  watch.unref();
}

function parentOfShell(pid) {
  try {
    // "pid (name) state parent …"
    const [, name, parent] = /^\d+ \((.*)\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    return /^(sh|dash|bash|ash)$/.test(name) ? Number(parent) : undefined;
  } catch {
    // Not on Linux: a signal to npx is still seen, by the shell's end.
    return undefined;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code !== 'ESRCH';
  }
}
