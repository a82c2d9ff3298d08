import type { Elsewhere, Platform } from './file-map.ts';

/** The host that wrote a log, and the folder in which it sees the mount. */
export interface LogHost {
  readonly mountpoint: string;
  readonly platform: Platform;
}

export type Place = { readonly path: string } | { readonly elsewhere: Elsewhere };

interface HostPath {
  /** `/`, a drive or a share. */
  readonly root: string;
  readonly parts: readonly string[];
}

/**
 * Where in the mount a file lies that a log names: its path with `/`, without `.`, `..` and empty parts. Names in the
 * letters of the log; on Windows they mean the same in any case.
 */
export function placeOf(name: string, { mountpoint, platform }: LogHost): Place {
  if (name.startsWith('+')) return { elsewhere: 'asm' };
  const file = splitPath(name, platform);
  if (file === undefined) return { elsewhere: 'tape' };
  const mount = splitPath(mountpoint, platform);
  if (mount === undefined || !isUnder(file, mount, platform)) return { elsewhere: 'folder' };
  return { path: file.parts.slice(mount.parts.length).join('/') };
}

/** Undefined for what is no absolute path: RMAN prints those of disks in full. */
const splitPath = (path: string, platform: Platform): HostPath | undefined =>
  platform === 'windows' ? splitWindowsPath(path) : splitLinuxPath(path);

const splitLinuxPath = (path: string): HostPath | undefined =>
  path.startsWith('/') ? { root: '/', parts: resolve(path.split('/')) } : undefined;

function splitWindowsPath(path: string): HostPath | undefined {
  // `\\?\` and `\\.\` say only that the rest is to be taken as it stands.
  const plain = path
    .replaceAll('/', '\\')
    .replace(/^\\\\[?.]\\UNC\\/i, '\\\\')
    .replace(/^\\\\[?.]\\/, '');
  const [, server, share, below = ''] = /^\\\\([^\\]+)\\+([^\\]+)(.*)$/s.exec(plain) ?? [];
  if (server !== undefined && share !== undefined) {
    return { root: `\\\\${server}\\${share}`, parts: resolve(below.split('\\')) };
  }
  // `C:name` is relative to whatever folder a program last used there; alone, `C:` is what people call the drive.
  const [, drive, rest = ''] = /^([a-z]:)(\\.*)?$/is.exec(plain) ?? [];
  return drive === undefined ? undefined : { root: drive, parts: resolve(rest.split('\\')) };
}

/** Above the root is the root. */
function resolve(parts: readonly string[]): string[] {
  const resolved: string[] = [];
  for (const part of parts) {
    if (part === '..') resolved.pop();
    else if (part !== '' && part !== '.') resolved.push(part);
  }
  return resolved;
}

/** Truly below: the mount itself is no file. */
function isUnder(file: HostPath, mount: HostPath, platform: Platform): boolean {
  const fold = (text: string) => (platform === 'windows' ? text.toLowerCase() : text);
  const isSame = (one: string, other: string | undefined) => other !== undefined && fold(one) === fold(other);
  return (
    isSame(mount.root, file.root) &&
    file.parts.length > mount.parts.length &&
    mount.parts.every((part, index) => isSame(part, file.parts[index]))
  );
}
