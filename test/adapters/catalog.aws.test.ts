import { afterAll, beforeAll } from 'vitest';
import { catalogContract } from './contracts/catalog.contract.ts';
import { type RunningCatalogs, runCatalogs } from './support/running-catalog.ts';

let running: RunningCatalogs;
beforeAll(async () => {
  running = await runCatalogs();
});
afterAll(() => running.close());

catalogContract('the catalog on DynamoDB', () => running.makeCatalog());
