import type { Exports } from '../ports/exports.ts';

/** The administrator exports the mounts. */
export const noExports: Exports = {
  kind: 'none',
  publish: async () => {},
  findProblem: async () => undefined,
  flush: async () => {},
};
