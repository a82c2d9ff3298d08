import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { type ReplayedState, replay, type ZfsFault } from '../snapshots/zfs-replayer.ts';
import { putOnPath } from './path.ts';

/**
 * Tests make hundreds of calls, and each would start a Node: the command is a shell script that asks this process. Of
 * the end of curl, which outlives a script that is killed, nobody hears.
 */
const script = (socket: string) => `#!/bin/sh
for word; do
  set -- "$@" --data-urlencode "word=$word"
  shift
done
answer=$(curl --silent --write-out '\\n%{http_code}' --unix-socket '${socket}' "$@" http://replayer/ 2>/dev/null)
output=\${answer%???}
exit=$((\${answer#"$output"} - 500))
[ $exit -eq 0 ] || exec 1>&2
printf '%s' "\${output%?}"
exit $exit
`;

/**
 * A `zfs` on the PATH whose only pool is mounted at one folder. This process runs its commands, each without an await in
 * between; so a change from outside has none either, or a command would find half of a file, or undo the change.
 */
export class ReplayedZfs {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** `folder` is for its own files; it stays on the PATH until the test ends. */
  static async install(folder: string, pool: string, mountsDirectory: string): Promise<ReplayedZfs> {
    const zfs = new ReplayedZfs(folder);
    const bin = join(folder, 'bin');
    await mkdir(bin, { recursive: true });
    zfs.#write({ datasets: { [pool]: { mountpoint: mountsDirectory, properties: {} } }, snapshots: {} });
    const command = join(bin, 'zfs');
    const socket = join(bin, 'socket');
    await zfs.#answerOn(socket);
    await writeFile(command, script(socket));
    await chmod(command, 0o755);
    onTestFinished(putOnPath(bin));
    return zfs;
  }

  /** The exit code is told as an HTTP status from 500 on. */
  async #answerOn(socket: string): Promise<void> {
    const server = createServer(async (request, response) => {
      const words = new URLSearchParams(await text(request)).getAll('word');
      const { exitCode, output } = await replay(this.#folder, words);
      response.writeHead(500 + exitCode).end(output);
    });
    await once(server.listen(socket), 'listening');
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
  }

  async state(): Promise<ReplayedState> {
    return this.#read();
  }

  /** As an administrator does who has a shell, or a bug. */
  async change(how: (state: ReplayedState) => void): Promise<void> {
    const state = this.#read();
    how(state);
    this.#write(state);
  }

  #read(): ReplayedState {
    return JSON.parse(readFileSync(join(this.#folder, 'state.json'), 'utf8'));
  }

  #write(state: ReplayedState): void {
    writeFileSync(join(this.#folder, 'state.json'), JSON.stringify(state));
  }

  /** All that was asked of it, in order. */
  async calls(): Promise<string[][]> {
    const lines = (await readFile(join(this.#folder, 'calls'), 'utf8')).trimEnd().split('\n');
    return lines.map((line) => JSON.parse(line));
  }

  /** Fails every command with this verb until it is mended. */
  async breakDown(fault: ZfsFault): Promise<void> {
    writeFileSync(join(this.#folder, 'fault.json'), JSON.stringify(fault));
  }

  /** Holds up every command with this verb until it is mended. */
  hang(verb: string): Promise<void> {
    return this.breakDown({ verb, message: 'Killed', hangs: true });
  }

  async mend(): Promise<void> {
    rmSync(join(this.#folder, 'fault.json'));
  }
}
