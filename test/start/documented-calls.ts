import { execFile } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { readSetup, type Started } from './run-of-app.ts';

const run = promisify(execFile);

// The document lies beside the project, and is not part of it.
const documents = join(import.meta.dirname, '..', '..', '..', 'shared', 'seeds');
const [document] = existsSync(documents) ? globSync(join(documents, '001_*')) : [];

/** The commands of the document, as they stand there. */
const commandsIn = (text: string): string[] =>
  [...text.matchAll(/^ *(curl (?:[^\n]*\\\n)+[^\n']*(?:'\{[^}]*\}')?)/gm)].map(([, command = '']) => command);

const isDemo = ({ name }: { readonly name: string }) => name === 'DEMO';

interface Backend {
  readonly started: () => Started;
}

/** Over https, with Basic authorization, through everything that a deployment has. */
export function documentedCalls({ started }: Backend): void {
  it.skipIf(document === undefined)(
    'answers the curl lines of the manual-backup document, with another host, port, token and id in them',
    async () => {
      const { directory, httpsUrl } = started();
      const environment: Record<string, string> = {
        NODE_IP: '127.0.0.1',
        AUTH_TOKEN: Buffer.from(readSetup(directory).apiKey.replace('.', ':')).toString('base64'),
      };
      // Its indentation has spaces that no shell takes for one: they come from its publication as a web page.
      const commands = commandsIn(readFileSync(document ?? '', 'utf8').replaceAll('\u00a0', ' '));
      const answers = [];
      for (const command of commands) {
        const here = command.replace(':4444', `:${new URL(httpsUrl).port}`);
        const { stdout } = await run('bash', ['-c', here], { env: { ...process.env, ...environment } });
        answers.push(JSON.parse(stdout));
        // The first one lists the databases; the simulated one has a backup and an agent.
        environment['DATABASE_ID'] ??= answers[0].items.find(isDemo).id;
      }
      const [databases, volumes, backup, aborted] = answers;

      expect(commands).toHaveLength(4);
      expect(databases.items.find(isDemo)).toMatchObject({ id: expect.stringMatching(/^\d+$/) });
      expect(volumes.items).toEqual([{ id: 10_001, name: 'cloud_data_remote_volume', type: 'remote' }]);
      expect(backup).toMatchObject({
        level: 0,
        name: expect.stringMatching(/^DEMO\/id_\d+\/level_0\//),
      });
      expect(aborted).toMatchObject({ Type: 'Backup', Name: backup.name, state: 'aborted' });
    },
    // Functions start cold.
    60_000,
  );
}
