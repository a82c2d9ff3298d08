/** Raised with every change of the tables below; a journal of a later version is refused by name. */
export const journalVersion = 10;

const tablesOfVersion2 = `
-- one row: what the service says of the store
CREATE TABLE store (
  id    INTEGER PRIMARY KEY CHECK (id = 1),
  state TEXT NOT NULL CHECK (state IN ('active', 'decommissioning', 'decommissioned'))
) STRICT;

-- what the file system of a mount held, from time to time
CREATE TABLE space_samples (
  mount_id    TEXT NOT NULL REFERENCES mounts,
  measured_at TEXT NOT NULL,
  used_bytes  INTEGER NOT NULL,
  PRIMARY KEY (mount_id, measured_at)
) STRICT, WITHOUT ROWID;
`;

const tablesOfVersion3 = `
-- one row: the newest poll, put down before it is sent
CREATE TABLE poll_link (
  id            INTEGER PRIMARY KEY CHECK (id = 1),
  poll_number   INTEGER NOT NULL,
  poll_id       TEXT NOT NULL,
  -- the one before it, which was answered
  after_poll_id TEXT
) STRICT;

-- at most one row: why the service does not deal with this gateway any more
CREATE TABLE exclusion (
  id     INTEGER PRIMARY KEY CHECK (id = 1),
  kind   TEXT NOT NULL CHECK (kind IN ('forked', 'replaced', 'revoked')),
  reason TEXT NOT NULL,
  since  TEXT NOT NULL
) STRICT;
`;

const tablesOfVersion4 = `
-- mounts that the service has marked for delete
CREATE TABLE deletions (
  mount_id TEXT PRIMARY KEY REFERENCES mounts,
  -- of the mark
  fence    INTEGER NOT NULL,
  state    TEXT NOT NULL CHECK (state IN ('draining', 'withdrawing', 'withdrawn')),
  remark   TEXT
) STRICT;
`;

const tablesOfVersion8 = `
-- requests of backups, from their order until the service knows their end
CREATE TABLE requests (
  request_id  TEXT PRIMARY KEY,
  mount_id    TEXT NOT NULL REFERENCES mounts,
  fence       INTEGER NOT NULL,
  state       TEXT NOT NULL CHECK (state IN ('queued', 'running', 'uploading', 'committed', 'failed')),
  -- JSON: the order
  command     TEXT NOT NULL,
  -- of the hook's process group
  pid         INTEGER,
  pid_start   TEXT,
  started_at  TEXT,
  snapshot_id TEXT,
  code        TEXT,
  reason      TEXT,
  is_reported INTEGER NOT NULL DEFAULT 0
) STRICT;
`;

const tablesOfVersion10 = `
-- snapshots of recovery points that stay on the store, for clones to be made of them
CREATE TABLE kept_snapshots (
  snapshot_id       TEXT PRIMARY KEY REFERENCES snapshots,
  mount_id          TEXT NOT NULL REFERENCES mounts,
  recovery_point_id TEXT NOT NULL,
  manifest_sha256   TEXT NOT NULL,
  -- what tells it from any other snapshot of its name
  identity          TEXT NOT NULL,
  files             INTEGER NOT NULL,
  bytes             INTEGER NOT NULL,
  kept_since        TEXT NOT NULL
) STRICT;
`;

/** What makes of a journal of a version one of the next. */
export const journalUpgrades: ReadonlyMap<number, string> = new Map([
  [1, `ALTER TABLE mounts ADD COLUMN is_marked_for_delete INTEGER NOT NULL DEFAULT 0; ${tablesOfVersion2}`],
  [2, tablesOfVersion3],
  [3, tablesOfVersion4],
  [
    4,
    `ALTER TABLE logs ADD COLUMN is_late INTEGER NOT NULL DEFAULT 0;
     ALTER TABLE logs ADD COLUMN is_delivered INTEGER NOT NULL DEFAULT 0;`,
  ],
  [5, 'ALTER TABLE restores ADD COLUMN options TEXT; ALTER TABLE restores ADD COLUMN damage TEXT;'],
  [
    6,
    `ALTER TABLE restores ADD COLUMN source_mount_id TEXT;
     ALTER TABLE restores ADD COLUMN clone TEXT;
     ALTER TABLE restores ADD COLUMN removed_because TEXT;
     ALTER TABLE restores ADD COLUMN is_removal_told INTEGER NOT NULL DEFAULT 0;`,
  ],
  [7, `ALTER TABLE snapshots ADD COLUMN request_id TEXT; ${tablesOfVersion8}`],
  [8, 'ALTER TABLE snapshots ADD COLUMN order_id TEXT;'],
  [9, `ALTER TABLE restores ADD COLUMN from_snapshot TEXT; ${tablesOfVersion10}`],
]);

export const journalTables = `
CREATE TABLE mounts (
  mount_id              TEXT PRIMARY KEY,
  name                  TEXT NOT NULL UNIQUE,
  -- creating: its folders are not complete yet
  state                 TEXT NOT NULL CHECK (state IN ('creating', 'ready')),
  -- whether the service still lists it
  is_listed             INTEGER NOT NULL,
  max_pending_snapshots INTEGER NOT NULL,
  -- whether the service is about to delete it
  is_marked_for_delete  INTEGER NOT NULL DEFAULT 0,
  -- number of the newest snapshot; never used again
  last_snapshot         INTEGER NOT NULL DEFAULT 0,
  -- set between START_BACKUP (POST) and the snapshot (PUT)
  backup_started_at     TEXT
) STRICT;

CREATE TABLE snapshots (
  snapshot_id     TEXT PRIMARY KEY,
  mount_id        TEXT NOT NULL REFERENCES mounts,
  -- order within the mount
  number          INTEGER NOT NULL,
  -- the adapter that froze it
  kind            TEXT NOT NULL,
  requested_at    TEXT NOT NULL,
  frozen_at       TEXT,
  state           TEXT NOT NULL
    CHECK (state IN ('freezing', 'frozen', 'uploading', 'committed', 'released', 'failed')),
  upload_id       TEXT,
  manifest_sha256 TEXT,
  manifest_bytes  INTEGER,
  -- how many commits the service has refused
  refusals        INTEGER NOT NULL DEFAULT 0,
  reason          TEXT,
  -- the request that it was made for
  request_id      TEXT,
  -- the service's order to take it
  order_id        TEXT,
  UNIQUE (mount_id, number)
) STRICT;

CREATE TABLE logs (
  log_id      TEXT PRIMARY KEY,
  mount_id    TEXT NOT NULL REFERENCES mounts,
  -- null until the backup that it came in is frozen
  snapshot_id TEXT REFERENCES snapshots,
  sha256      TEXT NOT NULL,
  file_name   TEXT NOT NULL,
  mountpoint  TEXT NOT NULL,
  platform    TEXT NOT NULL,
  received_at TEXT NOT NULL,
  -- whether it came after the snapshot and stands in no manifest
  is_late      INTEGER NOT NULL DEFAULT 0,
  -- whether the vault has it; then it is known until the next backup, and no longer in the spool
  is_delivered INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE stored_objects (
  upload_id TEXT NOT NULL,
  kind      TEXT NOT NULL,
  number    INTEGER NOT NULL,
  sha256    TEXT NOT NULL,
  PRIMARY KEY (upload_id, kind, number, sha256)
) STRICT, WITHOUT ROWID;

CREATE TABLE restores (
  restore_id        TEXT PRIMARY KEY,
  job_id            INTEGER NOT NULL,
  mount_id          TEXT NOT NULL REFERENCES mounts,
  recovery_point_id TEXT NOT NULL,
  manifest_sha256   TEXT NOT NULL,
  fence             INTEGER NOT NULL,
  state             TEXT NOT NULL CHECK (state IN ('staging', 'completed', 'failed')),
  -- what the service was or is to be told of the end
  files             INTEGER,
  bytes             INTEGER,
  code              TEXT,
  reason            TEXT,
  is_reported       INTEGER NOT NULL DEFAULT 0,
  -- JSON: the paths and owners of the order
  options           TEXT,
  -- JSON: what was left out of a restore that is completed
  damage            TEXT,
  -- of the recovery point, where that is not the mount it goes to
  source_mount_id   TEXT,
  -- the name of the clone that it becomes
  clone             TEXT,
  -- set when its folder was removed: why
  removed_because   TEXT CHECK (removed_because IN ('lease-ended', 'deleted')),
  -- whether the service knows that
  is_removal_told   INTEGER NOT NULL DEFAULT 0,
  -- the snapshot of the store that the clone is made of, and not of the vault
  from_snapshot     TEXT,
  UNIQUE (mount_id, job_id)
) STRICT;

${tablesOfVersion2}${tablesOfVersion3}${tablesOfVersion4}${tablesOfVersion8}${tablesOfVersion10}`;
