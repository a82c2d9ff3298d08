/** What a schedule or strategy may ask for: a named parent would have a child after the first backup. */
export type StandingOrder = { readonly level: number } | { readonly incremental: true };

/** What the backups of one database are where their requests do not say it. What it leaves out is the mount's, or the default. */
export interface BackupStrategy {
  /** As the store's configuration names it. */
  readonly database: string;
  /** For the recovery points, as written. */
  readonly expire?: string;
  readonly order?: StandingOrder;
}

/** What holds for a database, field by field, and where it is from: its strategy wins over its mount's settings. */
export interface EffectiveStrategy {
  readonly database: string;
  readonly expire: string;
  readonly expireFrom: 'database' | 'mount';
  readonly order: StandingOrder;
  readonly orderFrom: 'database' | 'default';
}

/** What a mount says of the backups on it. */
interface MountDefaults {
  readonly expire: string;
  readonly strategies?: readonly BackupStrategy[];
}

/** A mount is read with each request: so many strategies are some 20 KB. */
export const maxStrategies = 200;

export const strategyOf = (
  { strategies = [] }: Pick<MountDefaults, 'strategies'>,
  database: string,
): BackupStrategy | undefined => strategies.find((each) => each.database === database);

export function effectiveStrategy(mount: MountDefaults, database: string): EffectiveStrategy {
  const { expire, order } = strategyOf(mount, database) ?? {};
  return {
    database,
    expire: expire ?? mount.expire,
    expireFrom: expire === undefined ? 'mount' : 'database',
    order: order ?? { level: 0 },
    orderFrom: order === undefined ? 'default' : 'database',
  };
}
