import { globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import packageJson from '../../package.json' with { type: 'json' };
import { bundleGateway } from './bundle.ts';
import type { DebianPackage, PackagedFile } from './deb.ts';

const root = join(import.meta.dirname, '..', '..');
const name = 'holdfast-gateway';
const documentation = `/usr/share/doc/${name}`;
const maintainer = 'Holdfast maintainers <holdfast@localhost>';

export const packageFileName = `${name}_${packageJson.version}_all.deb`;

/** What the gateway's package consists of, at a time that stands in it. */
export async function gatewayPackage(builtAt: Date): Promise<DebianPackage> {
  const { files, packageFolders } = await bundleGateway();
  const library = [...files].map(([file, content]) => plain(`/usr/lib/${name}/${file}`, content));
  return {
    control: {
      Package: name,
      Version: packageJson.version,
      Section: 'admin',
      Priority: 'optional',
      Architecture: 'all',
      Maintainer: maintainer,
      // node:sqlite and zstd are in Node from 24 on as they are used here.
      Depends: 'nodejs (>= 24), adduser',
      Suggests: 'nfs-kernel-server, zfsutils-linux',
      Description: `gateway of the Holdfast backup service for Oracle databases
 It answers the backup script of the database's host, freezes what RMAN wrote
 to an exported mount, uploads it and brings it back for a restore.`,
    },
    scripts: Object.fromEntries(['postinst', 'prerm', 'postrm'].map((script) => [script, packaged(script)])),
    files: [
      ...library,
      { path: `/usr/bin/${name}`, content: packaged(name), mode: 0o755 },
      plain(`/usr/lib/systemd/system/${name}.service`, packaged(`${name}.service`)),
      {
        ...plain('/etc/holdfast/gateway.jsonc', fromProject('examples/gateway.jsonc')),
        isConfiguration: true,
      },
      plain(`${documentation}/README.md.gz`, compressed(fromProject('docs/gateway.md'))),
      plain(`${documentation}/changelog.gz`, compressed(changelog(builtAt))),
      plain(`${documentation}/copyright`, copyright(packageFolders)),
      ...['zfs-and-exportfs.conf'].map((file) => plain(`${documentation}/examples/${file}`, packaged(file))),
      ...globSync('examples/oracle_rman_data_backup.*', { cwd: root })
        .sort()
        .map((file) => ({ ...plain(`${documentation}/${file}`, fromProject(file)), mode: 0o755 as const })),
    ],
    builtAt,
  };
}

const plain = (path: string, content: Buffer): PackagedFile => ({ path, content, mode: 0o644 });
const fromProject = (file: string): Buffer => readFileSync(join(root, file));
const packaged = (file: string): Buffer => readFileSync(join(import.meta.dirname, 'files', file));
const compressed = (content: Buffer | string): Buffer => gzipSync(content, { level: 9 });

function changelog(builtAt: Date): string {
  const folder = join(root, 'changelog', 'unreleased');
  const changes = readdirSync(folder)
    .filter((file) => file.endsWith('.md'))
    .sort()
    .map((file) => readFileSync(join(folder, file), 'utf8').trim().replaceAll('\n', '\n    '));
  const date = builtAt.toUTCString().replace('GMT', '+0000');
  return [
    `${name} (${packageJson.version}) unstable; urgency=medium\n`,
    ...changes.map((change) => `  * ${change}`),
    `\n -- ${maintainer}  ${date}\n`,
  ].join('\n');
}

/** Our licence, and with their texts those of the packages whose code is in the bundle. */
function copyright(packageFolders: readonly string[]): Buffer {
  const own = `Holdfast ${packageJson.version}, under the Apache License 2.0: /usr/share/common-licenses/Apache-2.0\n`;
  const others = packageFolders.map((folder) => {
    const manifest = JSON.parse(fromProject(join(folder, 'package.json')).toString());
    const [file] = readdirSync(join(root, folder)).filter((each) => /^licen[cs]e/i.test(each));
    const text = file === undefined ? '' : fromProject(join(folder, file)).toString().trim();
    return `${manifest.name} ${manifest.version}, ${manifest.license}\n\n${text}\n`;
  });
  return Buffer.from([own, ...others].join(`\n${'-'.repeat(72)}\n\n`));
}
