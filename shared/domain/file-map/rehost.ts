import type { DatabaseFiles, FileMap, MapLog, MappedFile } from './file-map.ts';
import { nameFile } from './log-entries.ts';
import type { LogHost } from './store-path.ts';

/**
 * The map with one of its logs read as that of another host: its names then mean other files. What they held is forgotten where the
 * path is another one. A map without that log, or with it from that host, stays as it is.
 */
export function rehost(
  map: FileMap,
  { uploadId, logNumber }: Pick<MapLog, 'uploadId' | 'logNumber'>,
  { mountpoint, platform }: LogHost,
): FileMap {
  const isMeant = (each: Pick<MapLog, 'uploadId' | 'logNumber'>) =>
    each.uploadId === uploadId && each.logNumber === logNumber;
  const isOther = (log: MapLog) =>
    isMeant(log) && (log.mountpoint !== mountpoint || log.platform !== platform);
  if (!map.logs.some(isOther)) return map;
  const host = { mountpoint, platform };
  const move = <Item extends MappedFile & { readonly source: MapSource }>(items: readonly Item[]): Item[] =>
    items.map((item) => (isMeant(item.source) ? renamed(item, host) : item));
  return {
    ...map,
    logs: map.logs.map((log) => (isMeant(log) ? { ...log, mountpoint, platform } : log)),
    databases: map.databases.map((database) => ({
      ...database,
      backupSets: database.backupSets.map((set) =>
        isMeant(set.source) ? { ...set, pieces: set.pieces.map((piece) => renamed(piece, host)) } : set,
      ),
      imageCopies: move(database.imageCopies),
      archivedLogCopies: move(database.archivedLogCopies),
      controlFileCopies: move(database.controlFileCopies),
      autobackups: move(database.autobackups),
    })),
  };
}

type MapSource = DatabaseFiles['autobackups'][number]['source'];

const renamed = <File extends MappedFile>(file: File, host: LogHost): File => {
  const { path, elsewhere: _, content, ...rest } = file;
  const named = nameFile(file.handle, host);
  return { ...rest, ...named, ...(content && named.path === path && { content }) } as File;
};
