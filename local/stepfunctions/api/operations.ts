import { executionOperations } from './executions.ts';
import { machineOperations } from './machines.ts';
import { mapRunOperations } from './map-runs.ts';
import type { Operations } from './operation.ts';
import { refusedOperations } from './refused.ts';
import { tagOperations } from './tags.ts';

/** Every operation of the API by its name. */
export const operations: Operations = {
  ...executionOperations,
  ...machineOperations,
  ...mapRunOperations,
  ...tagOperations,
  ...refusedOperations,
};
