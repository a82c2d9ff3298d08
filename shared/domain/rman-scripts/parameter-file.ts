import type { Platform } from '../file-map/file-map.ts';
import { below, isPlainName } from './names.ts';
import type { ScriptSubject } from './script-order.ts';

/** Where the new host's parameter file is put, to be edited before the restore. */
export const newParameterFile = (folder: string, { database }: ScriptSubject, platform: Platform): string =>
  below(folder, `init${isPlainName(database.name ?? '') ? database.name : 'DB'}.ora`, platform);
