import type { Command } from 'commander';

/**
 * Adds one command to the program or to its group. The file of a command names its arguments and options; what carries
 * it out is imported when it runs, so that no command waits for what another one needs.
 */
export type AddCommand = (parent: Command) => void;
