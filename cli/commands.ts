import type { Command } from 'commander';
import { addUp } from './local/up.ts';

/**
 * Adds one command to the program or to its group. The file of a command names its arguments and options; what carries
 * it out is imported when it runs, so that no command waits for what another one needs.
 */
export type AddCommand = (parent: Command) => void;

interface CommandGroup {
  readonly name: string;
  readonly summary: string;
  readonly commands: readonly AddCommand[];
}

/** `holdfast GROUP COMMAND`, in the order of the help. */
export const groups: readonly CommandGroup[] = [
  {
    name: 'local',
    summary: 'the AWS services on this machine, for development and tests',
    commands: [addUp],
  },
];

/** `holdfast COMMAND`. */
export const commands: readonly AddCommand[] = [];
