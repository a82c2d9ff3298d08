import packageJson from '../package.json' with { type: 'json' };

export const gatewayVersion: string = packageJson.version;
