import type { ExportedFolder } from '../ports/exports.ts';

/**
 * - rw, sync: RMAN writes, and what was acknowledged to it is on the disk when the mount is frozen.
 * - no_subtree_check: with the check, files that RMAN renames while it has them open turn stale.
 * - root_squash: RMAN runs as oracle; root of one Oracle host shall not become root of the store.
 */
const options = 'rw,sync,no_subtree_check,root_squash';

/** What a gateway's file in /etc/exports.d holds. */
export const formatExports = (folders: readonly ExportedFolder[]): string =>
  ['# Written by the Holdfast gateway, which replaces it. Do not edit.', ...folders.map(formatLine), ''].join(
    '\n',
  );

const formatLine = ({ path, clients, fsid, crossesMounts }: ExportedFolder): string => {
  // An explicit fsid: file handles of clients outlive a change of the device's number, and of the disk.
  const all = [options, ...(crossesMounts ? ['crossmnt'] : []), `fsid=${fsid}`].join(',');
  return [escapePath(path), ...clients.map((client) => `${client}(${all})`)].join(' ');
};

/** exports(5) ends a path at white space and knows `#`, quotes and `\` as signs of its own: octal escapes stand for them. */
export const escapePath = (path: string): string =>
  Buffer.from(path)
    .toString('latin1')
    .replaceAll(/[^\w/.,:@%+=~-]/gu, (sign) => `\\${sign.charCodeAt(0).toString(8).padStart(3, '0')}`);

/** A pair of folder and client that the output of `exportfs -s` does not show as writable, or undefined. */
export function findUnexported(output: string, folders: readonly ExportedFolder[]): string | undefined {
  const lines = output.split('\n');
  for (const { path, clients } of folders) {
    // Whether paths are escaped in the output depends on the version of nfs-utils.
    const shown = lines.flatMap((line) =>
      [path, escapePath(path)]
        .filter((form) => line.startsWith(`${form} `) || line.startsWith(`${form}\t`))
        .map((form) => line.slice(form.length).trim()),
    );
    for (const client of clients) {
      const found = shown.find((line) => line.startsWith(`${client}(`));
      if (found === undefined) return `${path} is not exported to ${client}`;
      if (!/[(,]rw[,)]/u.test(found)) return `${path} is exported to ${client} read-only`;
    }
  }
  return undefined;
}
