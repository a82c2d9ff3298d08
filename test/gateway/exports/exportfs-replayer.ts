/**
 * Acts as `exportfs -ra`, `-s` and `-f` of nfs-utils, for machines without an NFS server: reads the files of a
 * folder as /etc/exports.d, shows the table as the manual has it.
 * Called as: exportfs-replayer.ts <state folder> <option>.
 */
import { appendFileSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const defaults = 'wdelay,hide,sec=sys,secure,no_all_squash';

const readEscapes = (path: string): string =>
  Buffer.from(
    path.replaceAll(/\\([0-7]{3})/gu, (_sequence, octal: string) =>
      String.fromCharCode(Number.parseInt(octal, 8)),
    ),
    'latin1',
  ).toString();

function readTable(folder: string): string[] {
  const exported: string[] = [];
  for (const name of readdirSync(folder).filter(
    (file) => file.endsWith('.exports') && !file.startsWith('.'),
  )) {
    const lines = readFileSync(join(folder, name), 'utf8').split('\n');
    for (const line of lines.filter((text) => text !== '' && !text.startsWith('#'))) {
      const [escaped = '', ...clients] = line.split(' ');
      const path = readEscapes(escaped);
      if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
        process.stderr.write(`exportfs: Failed to stat ${path}: No such file or directory\n`);
        process.exitCode = 1;
        continue;
      }
      for (const client of clients) exported.push(`${path}  ${client.replace(')', `,${defaults})`)}\n`);
    }
  }
  return exported;
}

function main([folder = '', option = '']: readonly string[]): void {
  appendFileSync(join(folder, 'calls'), `${option}\n`);
  const table = join(folder, 'etab');
  const fault = join(folder, `fault${option}`);
  if (existsSync(fault)) {
    process.stderr.write(`exportfs: ${readFileSync(fault, 'utf8')}\n`);
    process.exitCode = 1;
  } else if (option === '-ra') writeFileSync(table, readTable(join(folder, 'exports.d')).join(''));
  else if (option === '-s') process.stdout.write(existsSync(table) ? readFileSync(table, 'utf8') : '');
  else if (option !== '-f') {
    process.stderr.write('usage: exportfs [-adfhioruvs]\n');
    process.exitCode = 1;
  }
}

main(process.argv.slice(2));
