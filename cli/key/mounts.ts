import type { AddCommand } from '../add-command.ts';
import { jsonOption } from '../local/options.ts';

interface Options {
  readonly config: string;
  readonly json?: true;
}

const configOption = ['--config <file>', "the gateway's configuration file"] as const;

export const addCheck: AddCommand = (key) => {
  key
    .command('check')
    .description(
      'whether the keys of the configuration open the data keys of all mounts; exits with 1 when not',
    )
    .requiredOption(...configOption)
    .addOption(jsonOption())
    .action(async ({ config, json }: Options) => {
      const { checkKeys } = await import('../../gateway/encryption/key-tool.ts');
      const states = await checkKeys(config);
      const lines = states.map(({ mount, status, reason }) => `${status.padEnd(6)}  ${mount}: ${reason}\n`);
      const none = 'this store has no mounts\n';
      process.stdout.write(json ? `${JSON.stringify({ mounts: states })}\n` : lines.join('') || none);
      if (states.some(({ status }) => status === 'failed')) process.exitCode = 1;
    });
};

export const addRotate: AddCommand = (key) => {
  key
    .command('rotate')
    .description(
      'wrap the data keys of all encrypted mounts under the keys that the configuration names for them; no data is written anew',
    )
    .requiredOption(...configOption)
    .addOption(jsonOption())
    .action(async ({ config, json }: Options) => {
      const { rotateKeys } = await import('../../gateway/encryption/key-tool.ts');
      const done = await rotateKeys(config);
      const lines = done.map(({ mount, keyId, rewrapped, unopened }) => {
        const lost = unopened.length > 0 ? `; no key here opens data key ${unopened.join(', ')}` : '';
        return `${mount}: ${rewrapped} data keys wrapped under ${keyId}${lost}\n`;
      });
      process.stdout.write(
        json ? `${JSON.stringify({ mounts: done })}\n` : lines.join('') || 'no mount is encrypted\n',
      );
      if (done.some(({ unopened }) => unopened.length > 0)) process.exitCode = 1;
    });
};

export const addRenew: AddCommand = (key) => {
  key
    .command('renew')
    .description(
      'give a mount a new data key, after its key was lost or seen by others: the next snapshot is uploaded whole, and points from before need the key they were made with',
    )
    .argument('<mount>', 'its name')
    .requiredOption(...configOption)
    .requiredOption('--confirm <name>', 'the name of the mount once more')
    .action(async (mount: string, { config, confirm }: Options & { readonly confirm: string }) => {
      if (confirm !== mount)
        throw new Error(
          `--confirm must be ${mount}: what its old data key encrypts stays under the old keys`,
        );
      const { renewDataKey } = await import('../../gateway/encryption/key-tool.ts');
      const { generation, keyId } = await renewDataKey(config, mount);
      process.stdout.write(
        `${mount}: data key ${generation} is wrapped under ${keyId}, for all snapshots from now on\n`,
      );
    });
};
