const inode = 'path BLOB, mode INTEGER, uid INTEGER, gid INTEGER, mtime_ns TEXT';
const object =
  'id INTEGER PRIMARY KEY, owner TEXT, number INTEGER, sha256 TEXT, table_sha256 TEXT, stored_bytes INTEGER';
/** The tables of RestoreWork. */
export const schema = `
  CREATE TABLE directory (id INTEGER PRIMARY KEY, ${inode});
  CREATE TABLE file (id INTEGER PRIMARY KEY, ${inode}, size INTEGER, leaf_bytes INTEGER, digest TEXT, holes TEXT,
    is_whole INTEGER NOT NULL DEFAULT 1, last_pack INTEGER);
  CREATE TABLE link (id INTEGER PRIMARY KEY, ${inode}, target BLOB, file INTEGER);
  CREATE TABLE map (${object}, UNIQUE (owner, number));
  CREATE TABLE pack (${object}, raw_bytes INTEGER, is_placed INTEGER NOT NULL DEFAULT 0, UNIQUE (owner, number));
  CREATE TABLE segment (map INTEGER, item INTEGER, file INTEGER, ordinal INTEGER, sha256 TEXT,
    PRIMARY KEY (map, item, file, ordinal)) WITHOUT ROWID;
  CREATE TABLE stretch (pack INTEGER, file INTEGER, up_to INTEGER, PRIMARY KEY (pack, file, up_to)) WITHOUT ROWID;
  CREATE TABLE digest (file INTEGER, ordinal INTEGER, digest BLOB, PRIMARY KEY (file, ordinal)) WITHOUT ROWID;
`;
/** Newest upload first: it has little of each file, and the packs of the oldest then complete one file after the other. */
export const packsInOrder = `
  UPDATE pack SET id = -id;
  UPDATE pack SET id = ranked.place
    FROM (SELECT id AS given, ROW_NUMBER() OVER (ORDER BY owner DESC, number) AS place FROM pack) AS ranked
    WHERE ranked.given = pack.id;
`;

export const statements = {
  addDirectory: 'INSERT INTO directory (path, mode, uid, gid, mtime_ns) VALUES (?, ?, ?, ?, ?)',
  addFile: `INSERT INTO file (path, mode, uid, gid, mtime_ns, size, leaf_bytes, digest, holes)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  addSymlink: 'INSERT INTO link (path, mode, uid, gid, mtime_ns, target) VALUES (?, ?, ?, ?, ?, ?)',
  addName: 'INSERT INTO link (path, file) VALUES (?, ?)',
  addMap: 'INSERT INTO map (owner, number, sha256, table_sha256, stored_bytes) VALUES (?, ?, ?, ?, ?)',
  addPack: `INSERT INTO pack (owner, number, sha256, table_sha256, stored_bytes, raw_bytes)
    VALUES (?, ?, ?, ?, ?, ?)`,
  addSegment: 'INSERT INTO segment SELECT id, ?, ?, ?, ? FROM map WHERE owner = ? AND number = ?',
  addDigest: 'INSERT INTO digest VALUES (?, ?, ?)',
  markIncomplete: 'UPDATE file SET is_whole = 0 WHERE id = ?',
  needPack: 'UPDATE file SET last_pack = MAX(COALESCE(last_pack, 0), ?) WHERE id = ?',
  addStretch: 'INSERT OR IGNORE INTO stretch VALUES (?, ?, ?)',
  stretchesOfPack: 'SELECT file, up_to FROM stretch WHERE pack = ? ORDER BY file, up_to',
  markPlaced: 'UPDATE pack SET is_placed = 1 WHERE owner = ? AND number = ?',
  directories: 'SELECT * FROM directory ORDER BY id',
  deepestFirst: 'SELECT * FROM directory ORDER BY id DESC',
  file: 'SELECT * FROM file WHERE id = ?',
  files: 'SELECT * FROM file ORDER BY id',
  filesOfLastPack: 'SELECT * FROM file WHERE last_pack IS ? AND id > ? ORDER BY id LIMIT ?',
  links: 'SELECT * FROM link ORDER BY id',
  totals: 'SELECT COUNT(*) AS files, COALESCE(SUM(size), 0) AS bytes FROM file',
  bytesToWrite: `SELECT COALESCE(SUM(size), 0) - COALESCE((SELECT SUM(json_extract(hole.value, '$[1]'))
    FROM file, json_each(file.holes) AS hole), 0) AS bytes FROM file`,
  maps: 'SELECT * FROM map WHERE EXISTS (SELECT 1 FROM segment WHERE map = map.id) ORDER BY id',
  pack: 'SELECT * FROM pack WHERE id = ?',
  packsAfter: 'SELECT * FROM pack WHERE id > ? ORDER BY id LIMIT ?',
  packNamed: 'SELECT * FROM pack WHERE owner = ? AND number = ?',
  segmentsIn: 'SELECT * FROM segment WHERE map = ? ORDER BY item',
  digests: 'SELECT digest FROM digest WHERE file = ? ORDER BY ordinal',
} as const;
