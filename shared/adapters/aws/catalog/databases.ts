import { createConversions } from 'electrodb';
import type { Database, DatabaseNames, DatabasePoint } from '../../../domain/database.ts';
import type { MountId } from '../../../domain/ids.ts';
import type { DatabaseCatalog } from '../../../ports/catalog/databases.ts';
import type { Entities } from './entities.ts';
import { readPage } from './page.ts';
import { byDatabaseId, byPointTime } from './positions.ts';
import { writeOnce } from './transact.ts';

export const awsDatabases = (entities: Entities): DatabaseCatalog => ({
  async note(point, databases) {
    for (const names of databases) {
      const { databaseId } = names;
      // First, so that nobody finds a database without the point that made it known.
      await entities.databasePoint
        .create({ databaseId, ...point })
        .go({ returnOnConditionCheckFailure: true });
      await noteNames(entities, point, names);
    }
  },

  async find(databaseId) {
    const { data } = await entities.database.get({ databaseId }).go({ consistent: true });
    return data === null ? undefined : toDatabase(data);
  },

  async list(page) {
    const { database: databases } = entities;
    const { items, ...rest } = await readPage(
      {
        list: { name: 'databases', position: byDatabaseId },
        positionOf: ({ databaseId }: DatabaseItem) => ({ databaseId }),
        startAfter: createConversions(databases).byAccessPattern.all.fromComposite.toCursor,
        run: (options) => databases.query.all({}).go(options),
      },
      page,
    );
    return { items: items.map(toDatabase), ...rest };
  },

  points(databaseId, page) {
    const { databasePoint: points } = entities;
    const keys = createConversions(points).byAccessPattern.ofDatabase.fromComposite;
    return readPage(
      {
        list: { name: `points of database ${databaseId}`, position: byPointTime },
        positionOf: ({ takenAt, recoveryPointId }: DatabasePoint) => ({ takenAt, recoveryPointId }),
        startAfter: (position) => keys.toCursor({ databaseId, ...position }),
        run: (options) =>
          points.query.ofDatabase({ databaseId }).go({ ...options, order: 'desc', consistent: true }),
      },
      page,
    );
  },
});

interface DatabaseItem extends Omit<Database, 'mountIds'> {
  readonly mountIds: readonly string[];
}

const toDatabase = ({ mountIds, ...database }: DatabaseItem): Database => ({
  ...database,
  mountIds: [...mountIds].sort() as MountId[],
});

/** Each write may come twice, and after those of newer points. */
async function noteNames(
  { database }: Entities,
  { mountId, takenAt }: Omit<DatabasePoint, 'databaseId'>,
  { databaseId, ...names }: DatabaseNames,
): Promise<void> {
  const { rejected } = await database
    .create({ databaseId, ...names, mountIds: [mountId], lastPointAt: takenAt })
    .go({ returnOnConditionCheckFailure: true });
  if (!rejected) return;
  await writeOnce(() =>
    database
      .patch({ databaseId })
      .add({ mountIds: [mountId] })
      .go({ returnOnConditionCheckFailure: true }),
  );
  await writeOnce(() =>
    database
      .patch({ databaseId })
      .set({ ...names, lastPointAt: takenAt })
      .where(({ lastPointAt }, { lt }) => lt(lastPointAt, takenAt))
      .go({ returnOnConditionCheckFailure: true }),
  );
}
