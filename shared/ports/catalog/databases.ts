import type { Database, DatabaseNames, DatabasePoint } from '../../domain/database.ts';
import type { Page, PageRequest } from './page.ts';

export interface DatabaseCatalog {
  /**
   * Notes that a point has files of these databases, each with the names that its newest point says. Repeats change nothing.
   */
  note(point: Omit<DatabasePoint, 'databaseId'>, databases: readonly DatabaseNames[]): Promise<void>;
  find(databaseId: string): Promise<Database | undefined>;
  /** In order of id. */
  list(page: PageRequest): Promise<Page<Database>>;
  /** Newest first; also points that are no more: read each before showing it. */
  points(databaseId: string, page: PageRequest): Promise<Page<DatabasePoint>>;
}
