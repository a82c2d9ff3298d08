// Which lockfile the installed dependencies are of, noted beside them (plain JavaScript: nothing is installed yet).
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const marker = join(root, 'node_modules', '.holdfast-lockfile-sha256');

const lockfileSha256 = () =>
  createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');

export const isInstalled = () =>
  existsSync(marker) && readFileSync(marker, 'utf8').trim() === lockfileSha256();
export const noteInstall = () => writeFileSync(marker, lockfileSha256());
export const forgetInstall = () => rmSync(marker, { force: true });
