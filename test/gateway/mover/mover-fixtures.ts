import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { restoreSnapshot } from '../../../gateway/mover/restore/restore-snapshot.ts';
import { type UploadInput, uploadSnapshot } from '../../../gateway/mover/upload/upload-snapshot.ts';
import { readManifest } from '../../../shared/domain/vault/manifest-reader.ts';
import type { FileEntry, ManifestRow } from '../../../shared/domain/vault/manifest-rows.ts';
import type { MemoryVault } from './memory-vault.ts';
import { identity, mountId, uploadId } from './mover-identity.ts';

/** A folder that is gone after the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-mover-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Uploads `root` to the vault at a fixed time. */
export const upload = (root: string, vault: MemoryVault, more: Partial<UploadInput> = {}) =>
  uploadSnapshot({
    root,
    identity,
    logs: [],
    target: vault.target(mountId, uploadId),
    clock: () => new Date('2026-01-31T12:00:01Z'),
    ...more,
  });

/** Restores what `upload` stored. */
export const restore = (
  vault: MemoryVault,
  manifestSha256: string,
  destination: string,
  more: Partial<Parameters<typeof restoreSnapshot>[0]> = {},
) => restoreSnapshot({ mountId, uploadId, manifestSha256, source: vault, destination, ...more });

export async function rowsOf(vault: MemoryVault, manifestSha256: string): Promise<ManifestRow[]> {
  const rows: ManifestRow[] = [];
  const bytes = vault.objects.get(`v1/mounts/${mountId}/uploads/${uploadId}/manifest-${manifestSha256}.zst`);
  for await (const row of readManifest([bytes ?? Buffer.alloc(0)], 'manifest')) rows.push(row);
  return rows;
}

export async function filesOf(vault: MemoryVault, manifestSha256: string): Promise<FileEntry[]> {
  const rows = await rowsOf(vault, manifestSha256);
  return rows.flatMap((row) => (row.row === 'entry' && row.entry.type === 'file' ? [row.entry] : []));
}

/** Errors of the mover by code and path. */
export const moverError = (code: string, path: string) => ({ name: code, code, path });
