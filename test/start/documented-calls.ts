import { execFile } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { createApiClient } from '../../local/start/api-client.ts';
import { readSetup, type Started } from './run-of-app.ts';

const run = promisify(execFile);

// The document lies beside the project, and is not part of it.
const documents = join(import.meta.dirname, '..', '..', '..', 'shared', 'seeds');
const [document] = existsSync(documents) ? globSync(join(documents, '001_*')) : [];

/** The commands of the document, as they stand there. */
const commandsIn = (text: string): string[] =>
  [...text.matchAll(/^ *(curl (?:[^\n]*\\\n)+[^\n']*(?:'\{[^}]*\}')?)/gm)].map(([, command = '']) => command);

interface Backend {
  readonly started: () => Started;
}

/** A second store whose gateway, played by the test, has an agent for one database. */
async function addAgent({ apiUrl, directory }: Started): Promise<string> {
  const admin = createApiClient(apiUrl, readSetup(directory).apiKey);
  const { storeId, activation } = await admin('createStore', { body: { name: 'agent-store' } });
  const identity = { protocolVersion: 1, gatewayVersion: '0.1.0' };
  const { token } = await admin('activateStore', { body: { code: activation.code, ...identity } });
  const { mountId } = await admin('createMount', { body: { storeId, name: 'agent-mount', expire: '5w' } });
  const databases = [{ name: 'MY_DATABASE', mountId, highestLevel: 1 }];
  const mounts = [{ mountId, state: 'ready' as const }];
  await createApiClient(apiUrl, token)('pollStore', {
    params: { storeId },
    body: { ...identity, capabilities: ['backup-request'], databases, mounts },
  });
  return `${storeId}.MY_DATABASE`;
}

/** Over https, with Basic authorization, through everything that a deployment has. */
export function documentedCalls({ started }: Backend): void {
  it.skipIf(document === undefined)(
    'answers the curl lines of the manual-backup document, with another host, port, token and id in them',
    async () => {
      const { directory, httpsUrl } = started();
      const databaseId = await addAgent(started());
      const environment = {
        NODE_IP: '127.0.0.1',
        AUTH_TOKEN: Buffer.from(readSetup(directory).apiKey.replace('.', ':')).toString('base64'),
        DATABASE_ID: databaseId,
      };
      // Its indentation has spaces that no shell takes for one: they come from its publication as a web page.
      const commands = commandsIn(readFileSync(document ?? '', 'utf8').replaceAll('\u00a0', ' '));
      const answers = [];
      for (const command of commands) {
        const here = command.replace(':4444', `:${new URL(httpsUrl).port}`);
        const { stdout } = await run('bash', ['-c', here], { env: { ...process.env, ...environment } });
        answers.push(JSON.parse(stdout));
      }
      const [databases, volumes, backup, aborted] = answers;

      expect(commands).toHaveLength(4);
      expect(databases.items).toContainEqual(
        expect.objectContaining({ id: databaseId, name: 'MY_DATABASE', version: '' }),
      );
      expect(volumes.items).toEqual([{ id: 10_001, name: 'cloud_data_remote_volume', type: 'remote' }]);
      expect(backup).toMatchObject({
        level: 0,
        name: expect.stringMatching(/^MY_DATABASE\/id_\d+\/level_0\//),
      });
      expect(aborted).toMatchObject({ Type: 'Backup', Name: backup.name, state: 'aborted' });
    },
    // Functions start cold.
    60_000,
  );
}
