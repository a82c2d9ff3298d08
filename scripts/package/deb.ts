import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';

/** A file of a package. */
export interface PackagedFile {
  /** Absolute, where it is installed. */
  readonly path: string;
  readonly content: Buffer;
  readonly mode: 0o644 | 0o755;
  /** Kept when the administrator has changed it. */
  readonly isConfiguration?: true;
}

export interface DebianPackage {
  /** Fields of the control file but Installed-Size, in their order. */
  readonly control: Readonly<Record<string, string>>;
  /** Maintainer scripts by name: preinst, postinst, prerm, postrm. */
  readonly scripts: Readonly<Record<string, Buffer>>;
  readonly files: readonly PackagedFile[];
  /** Time of everything in it: the same input gives the same bytes. */
  readonly builtAt: Date;
}

/** The package as a file (deb(5), format 2.0). */
export async function writeDeb({ control, scripts, files, builtAt }: DebianPackage): Promise<Buffer> {
  const sorted = files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  // dpkg keeps the sums of configuration files itself.
  const sums = sorted
    .filter(({ isConfiguration }) => !isConfiguration)
    .map(({ path, content }) => `${md5(content)}  ${path.slice(1)}`);
  const controlFiles: [name: string, content: Buffer, mode: number][] = [
    ['control', controlFile(control, sorted), 0o644],
    [
      'conffiles',
      lines(sorted.filter(({ isConfiguration }) => isConfiguration).map(({ path }) => path)),
      0o644,
    ],
    ['md5sums', lines(sums), 0o644],
    ...Object.entries(scripts).map(([name, content]): [string, Buffer, number] => [name, content, 0o755]),
  ];
  const data = sorted.map(({ path, content, mode }): [string, Buffer, number] => [
    path.slice(1),
    content,
    mode,
  ]);
  return archive(
    [
      ['debian-binary', Buffer.from('2.0\n')],
      ['control.tar.gz', await tarGz([], controlFiles, builtAt)],
      ['data.tar.gz', await tarGz(foldersOf(sorted), data, builtAt)],
    ],
    builtAt,
  );
}

const lines = (of: readonly string[]): Buffer => Buffer.from(of.map((line) => `${line}\n`).join(''));

const md5 = (content: Buffer): string => createHash('md5').update(content).digest('hex');

function controlFile(fields: Readonly<Record<string, string>>, files: readonly PackagedFile[]): Buffer {
  // In KiB, each file as whole blocks of it (Debian Policy 5.6.20).
  const size = files.reduce((sum, { content }) => sum + Math.ceil(content.length / 1024), 0);
  return lines(
    Object.entries({ ...fields, 'Installed-Size': size }).map(([name, value]) => `${name}: ${value}`),
  );
}

/** Every folder above the files, outer ones first, as dpkg wants them. */
function foldersOf(files: readonly PackagedFile[]): string[] {
  const folders = new Set<string>();
  for (const { path } of files) {
    for (let at = posix.dirname(path); at !== '/'; at = posix.dirname(at)) folders.add(at.slice(1));
  }
  return [...folders].sort();
}

async function tarGz(
  folders: readonly string[],
  files: readonly (readonly [name: string, content: Buffer, mode: number])[],
  mtime: Date,
): Promise<Buffer> {
  const tar = pack();
  const root = { mtime, uid: 0, gid: 0, uname: 'root', gname: 'root' };
  for (const folder of ['', ...folders.map((name) => `${name}/`)]) {
    tar.entry({ ...root, name: `./${folder}`, type: 'directory', mode: 0o755 });
  }
  for (const [name, content, mode] of files) tar.entry({ ...root, name: `./${name}`, mode }, content);
  tar.finalize();
  return gzipSync(await buffer(tar), { level: 9 });
}

/** ar(5): a header of 60 bytes before each member, which begins at an even place. */
function archive(members: readonly (readonly [name: string, content: Buffer])[], time: Date): Buffer {
  const seconds = Math.floor(time.getTime() / 1000);
  const parts = members.flatMap(([name, content]) => {
    const header =
      name.padEnd(16) + String(seconds).padEnd(12) + '0'.padEnd(6) + '0'.padEnd(6) + '100644'.padEnd(8);
    return [
      Buffer.from(`${header}${String(content.length).padEnd(10)}\`\n`),
      content,
      Buffer.alloc(content.length % 2, '\n'),
    ];
  });
  return Buffer.concat([Buffer.from('!<arch>\n'), ...parts]);
}
