import { apiFunctions } from './functions/api.ts';
import { commitFunctions } from './functions/commit.ts';
import { deletionFunctions } from './functions/deletion.ts';
import { orderFunctions } from './functions/orders.ts';
import { upkeepFunctions } from './functions/upkeep.ts';

// Who has no reserved concurrency, and why: it is a cap as well as a share. A capped authorizer or API function answers
// everybody with errors when one gateway storms; the tasks that record, journal and end run once a commit or restore, no
// oftener than their workflows, and must not wait behind each other.
export const functionTable = {
  ...apiFunctions,
  ...commitFunctions,
  ...orderFunctions,
  ...deletionFunctions,
  ...upkeepFunctions,
};

export type FunctionName = keyof typeof functionTable;
