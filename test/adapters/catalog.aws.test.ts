import { afterAll, beforeAll, beforeEach } from 'vitest';
import { catalogContract } from './contracts/catalog.contract.ts';
import { type RunningCatalogs, runCatalogs } from './support/running-catalog.ts';

let running: RunningCatalogs;
let used: number;
beforeAll(async () => {
  running = await runCatalogs();
});
afterAll(() => running.close());
beforeEach(() => {
  used = 0;
});

catalogContract('the catalog on DynamoDB', () => {
  used += 1;
  return running.emptyCatalog(used);
});
