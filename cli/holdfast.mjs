#!/usr/bin/env node
// The command line as npm starts it: on whatever Node there is, before anything is installed (so: plain JavaScript, no
// dependency). Installs what is missing and goes on on the Node that comes with it.
import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const pathOf = (relative) => fileURLToPath(new URL(relative, import.meta.url));

// Standard output belongs to the command.
const install = spawnSync(process.execPath, [pathOf('../scripts/ensure-installed.mjs')], {
  stdio: ['ignore', 2, 2],
});
if (install.status !== 0) process.exit(install.status ?? 1);

if (Number(process.versions.node.split('.')[0]) >= 24) await import('./main.ts');
else runOnInstalledNode();

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
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code);
    // Ended by a signal: this process ends by the same one, so that the shell sees what happened.
    for (const each of signals) process.removeAllListeners(each);
    process.kill(process.pid, signal);
  });
}
