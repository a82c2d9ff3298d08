import type { AddCommand } from '../add-command.ts';
import { addCheckConfig } from './check-config.ts';
import { addConfigSchema } from './config-schema.ts';
import { addDoctor } from './doctor.ts';

/** `holdfast gateway COMMAND`; on a gateway's host, where its package is installed, `holdfast-gateway COMMAND`. */
export const gatewayCommands: readonly AddCommand[] = [addCheckConfig, addConfigSchema, addDoctor];
