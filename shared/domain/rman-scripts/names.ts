import type { Platform } from '../file-map/file-map.ts';

/**
 * RMAN and Oracle give a meaning to these even inside of quotes: `&1` is replaced by RMAN, `?` and `@` by Oracle on Linux, `%…%` on
 * Windows and in new names. Quotes could be doubled; but a name with one is refused, as are line breaks and whatever else a reader cannot see.
 */
const unfit = /['"&?@%]|\p{C}|\p{Zl}|\p{Zp}/u;

/** A path that can stand between single quotes in a command of RMAN and mean itself. */
export const isFitPath = (path: string, platform: Platform): boolean =>
  !unfit.test(path) && (platform === 'windows' || !path.includes('\\'));

/** In single quotes, where `#`, `;`, `--` and spaces have no meaning. Callers have asked `isFitPath`. */
export function quote(path: string): string {
  if (unfit.test(path)) throw new Error('a path that cannot be quoted got as far as a command');
  return `'${path}'`;
}

/** Oracle's plain names: of 30 letters, of 128 from 12.2 on. `#` is left out, which begins a comment in RMAN. */
export const isPlainName = (name: string): boolean => /^[a-z][a-z0-9_$]{0,127}$/i.test(name);

/** Text of logs and paths as a comment may have it: one line, without anything that RMAN would replace. */
export const plainText = (text: string): string => text.replace(/\p{C}|\p{Zl}|\p{Zp}|&/gu, '_');

export const isAbsolute = (path: string, platform: Platform): boolean =>
  platform === 'windows' ? /^(?:[a-z]:\\|\\\\[^\\]+\\[^\\]+)/i.test(path) : path.startsWith('/');

const separator = (platform: Platform): string => (platform === 'windows' ? '\\' : '/');

/** With one separator at its end: RMAN takes what CATALOG START WITH names as the beginning of file names. */
export const asFolder = (path: string, platform: Platform): string =>
  `${path.replace(platform === 'windows' ? /\\+$/ : /\/+$/, '')}${separator(platform)}`;

/** A path of the mount below a folder of the host. */
export const below = (folder: string, path: string, platform: Platform): string =>
  `${asFolder(folder, platform)}${platform === 'windows' ? path.replaceAll('/', '\\') : path}`;

/** The last part of a datafile's name, on any platform and in ASM. */
export const baseName = (name: string): string => name.split(/[/\\]/).at(-1) ?? name;
