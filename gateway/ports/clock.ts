/** The store's own clock. It stamps snapshots and logs; nothing is ever decided by it. */
export type Clock = () => Date;
