import type { Database, DatabasePoint } from '../../../domain/database.ts';
import type { DatabaseCatalog } from '../../../ports/catalog/databases.ts';
import { pageOf } from './page.ts';
import type { CatalogState } from './state.ts';

export const memoryDatabases = (state: CatalogState): DatabaseCatalog => ({
  async note(point, databases) {
    const { recoveryPointId, mountId, takenAt } = point;
    for (const { databaseId, ...names } of databases) {
      const known = state.databases.get(databaseId);
      const isNewer = known === undefined || known.lastPointAt < takenAt;
      state.databases.set(databaseId, {
        ...known,
        ...(isNewer && names),
        databaseId,
        mountIds: [...new Set([...(known?.mountIds ?? []), mountId])].sort(),
        lastPointAt: isNewer ? takenAt : known.lastPointAt,
      });
      state.databasePoints.set(`${databaseId} ${recoveryPointId}`, { databaseId, ...point });
    }
  },

  async find(databaseId) {
    return state.databases.get(databaseId);
  },

  async list(page) {
    const keyOf = ({ databaseId }: Database) => databaseId;
    return pageOf(state.databases.values(), { name: 'databases', keyOf }, page);
  },

  async points(databaseId, page) {
    const rows = [...state.databasePoints.values()].filter((point) => point.databaseId === databaseId);
    const keyOf = ({ takenAt, recoveryPointId }: DatabasePoint) => `${takenAt}#${recoveryPointId}`;
    return pageOf(rows, { name: `points of database ${databaseId}`, keyOf, isDescending: true }, page);
  },
});
