import { createMemoryCatalog } from '../../shared/adapters/memory/catalog.ts';
import { catalogContract } from './contracts/catalog.contract.ts';

catalogContract('the catalog in memory', async () => createMemoryCatalog());
