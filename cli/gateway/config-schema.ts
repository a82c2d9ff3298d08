import type { AddCommand } from '../add-command.ts';

export const addConfigSchema: AddCommand = (gateway) => {
  gateway
    .command('config-schema')
    .description("the JSON Schema of the gateway's configuration file")
    .action(showSchema);
};

const showSchema = async (): Promise<void> => {
  const { configSchema } = await import('../../gateway/config.ts');
  process.stdout.write(`${JSON.stringify(configSchema(), null, 2)}\n`);
};
