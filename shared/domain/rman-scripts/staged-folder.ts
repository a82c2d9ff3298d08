import type { FileMap, Platform } from '../file-map/file-map.ts';
import { asFolder, isAbsolute, isFitPath } from './names.ts';
import { refusal, type ScriptRefusal } from './script-order.ts';

/** Folders of a mount that hold what was staged, and nothing that RMAN writes to. */
const stagingFolders = ['restores', 'clones'];

/**
 * What is wrong with a folder to restore from. The folder that RMAN backs up to is refused: its copies are overwritten by the next backup, and
 * a database that is switched to them overwrites the newest backup.
 */
export function refuseFolder(path: string, platform: Platform, { logs }: FileMap): ScriptRefusal[] {
  if (!isAbsolute(path, platform)) {
    const form =
      platform === 'windows' ? 'E:\\folder or \\\\server\\share, as on Windows' : '/folder, as on Linux';
    return [
      refusal('STAGED_FOLDER_UNFIT', `the staged folder has to be given in full, like ${form}: ${path}`),
    ];
  }
  if (!isFitPath(path, platform) || path.split(/[/\\]/).includes('..')) {
    return [
      refusal(
        'STAGED_FOLDER_UNFIT',
        'the path of the staged folder has quotes, &, ?, @, %, .. or control characters, which RMAN would take for something else: make it seen under a plain name',
      ),
    ];
  }
  const live = logs.find(({ mountpoint }) => isLive(path, mountpoint, platform));
  if (live === undefined) return [];
  const text = `${path} is where RMAN writes its backups (${live.mountpoint}): stage the point, and give the folder of the staged files`;
  return [refusal('LIVE_AREA', text)];
}

function isLive(path: string, mountpoint: string, platform: Platform): boolean {
  const fold = (text: string) => {
    const folder = asFolder(text, platform).replace(platform === 'windows' ? /\\+/g : /\/+/g, '/');
    return platform === 'windows' ? folder.toLowerCase() : folder;
  };
  const [folder, live] = [fold(path), fold(mountpoint)];
  if (live.startsWith(folder)) return true;
  if (!folder.startsWith(live)) return false;
  const [first = '', second = ''] = folder.slice(live.length).split('/');
  return !(stagingFolders.includes(first) && second !== '');
}
