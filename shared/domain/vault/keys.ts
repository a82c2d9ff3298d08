import { idPatterns, type MountId, type UploadId } from '../ids.ts';

interface OfUpload {
  readonly mountId: MountId;
  readonly uploadId: UploadId;
}

/** Every key of the vault, taken apart. */
export type VaultKey =
  | (OfUpload & { readonly kind: NumberedKind; readonly number: number; readonly sha256: string })
  | (OfUpload & { readonly kind: 'manifest'; readonly sha256: string })
  | (OfUpload & { readonly kind: 'recovery-point' })
  | (OfUpload & { readonly kind: 'file-map' | 'judgement'; readonly number: number })
  | { readonly kind: 'plan'; readonly mountId: MountId; readonly sha256: string }
  | { readonly kind: 'deletion-list'; readonly mountId: MountId; readonly sha256: string }
  | { readonly kind: 'journal'; readonly mountId: MountId; readonly number: number };

/** `log-map` is the parse that lies beside a log. */
type NumberedKind = 'pack' | 'map' | 'log' | 'log-map';

/** Padded, so that the order in which S3 lists keys is the order of numbers. */
const objectDigits = 8;
const journalDigits = 12;

export const maxObjectNumber = 10 ** objectDigits - 1;

const folders = { pack: 'packs', map: 'maps', log: 'logs', 'log-map': 'logs' } as const;

export const mountPrefix = (mountId: MountId): string => `v1/mounts/${mountId}/`;
export const journalPrefix = (mountId: MountId): string => `${mountPrefix(mountId)}journal/`;
/** Under this lie the prefixes of all uploads of a mount: the only objects of the vault that are ever deleted. */
export const uploadsPrefix = (mountId: MountId): string => `${mountPrefix(mountId)}uploads/`;
/** Whatever an upload writes lies under this. */
export const uploadPrefix = (mountId: MountId, uploadId: UploadId): string =>
  `${uploadsPrefix(mountId)}${uploadId}/`;

/** The key as text. Throws RangeError when a part of it does not have its form: such a key must not be written. */
export function formatVaultKey(key: VaultKey): string {
  const text = write(key);
  if (parseVaultKey(text) === undefined) throw new RangeError(`not a key of the vault: ${text}`);
  return text;
}

function write(key: VaultKey): string {
  if (key.kind === 'journal') return `${journalPrefix(key.mountId)}${pad(key.number, journalDigits)}`;
  if (key.kind === 'plan') return `${mountPrefix(key.mountId)}plans/${key.sha256}`;
  if (key.kind === 'deletion-list') return `${mountPrefix(key.mountId)}deletions/${key.sha256}.zst`;
  const prefix = uploadPrefix(key.mountId, key.uploadId);
  switch (key.kind) {
    case 'manifest':
      return `${prefix}manifest-${key.sha256}.zst`;
    case 'recovery-point':
      return `${prefix}recovery-point.json`;
    case 'file-map':
    case 'judgement':
      return `${prefix}${key.kind}-${pad(key.number, objectDigits)}.json.zst`;
    default: {
      const suffix = key.kind === 'log-map' ? '.map.json.zst' : '';
      return `${prefix}${folders[key.kind]}/${pad(key.number, objectDigits)}-${key.sha256}${suffix}`;
    }
  }
}

const pad = (number: number, digits: number): string => String(number).padStart(digits, '0');

const patterns = {
  mount: /^v1\/mounts\/([^/]+)\/(.+)$/,
  upload: /^uploads\/([^/]+)\/(.+)$/,
  journal: /^journal\/(\d{12})$/,
  plan: /^plans\/([0-9a-f]{64})$/,
  deletionList: /^deletions\/([0-9a-f]{64})\.zst$/,
  numbered: /^(packs|maps|logs)\/(\d{8})-([0-9a-f]{64})(\.map\.json\.zst)?$/,
  manifest: /^manifest-([0-9a-f]{64})\.zst$/,
  ofPoint: /^(file-map|judgement)-(\d{8})\.json\.zst$/,
} as const;

/** The parts of a key, or undefined when it is not a key of this layout (an auditor meets such). */
export function parseVaultKey(text: string): VaultKey | undefined {
  const [, mount = '', rest = ''] = patterns.mount.exec(text) ?? [];
  if (!idPatterns.mount.test(mount)) return undefined;
  const mountId = mount as MountId;
  const journal = patterns.journal.exec(rest);
  if (journal) return positive({ kind: 'journal', mountId, number: Number(journal[1]) });
  const [, plan] = patterns.plan.exec(rest) ?? [];
  if (plan !== undefined) return { kind: 'plan', mountId, sha256: plan };
  const [, list] = patterns.deletionList.exec(rest) ?? [];
  if (list !== undefined) return { kind: 'deletion-list', mountId, sha256: list };
  const [, upload = '', name = ''] = patterns.upload.exec(rest) ?? [];
  if (!idPatterns.upload.test(upload)) return undefined;
  return parseName({ mountId, uploadId: upload as UploadId }, name);
}

function parseName(upload: OfUpload, name: string): VaultKey | undefined {
  if (name === 'recovery-point.json') return { kind: 'recovery-point', ...upload };
  const [, sha256] = patterns.manifest.exec(name) ?? [];
  if (sha256 !== undefined) return { kind: 'manifest', ...upload, sha256 };
  const [, ofPoint, ofPointNumber] = patterns.ofPoint.exec(name) ?? [];
  if (ofPoint === 'file-map' || ofPoint === 'judgement') {
    return positive({ kind: ofPoint, ...upload, number: Number(ofPointNumber) });
  }
  const [, folder, number, hash = '', parsed] = patterns.numbered.exec(name) ?? [];
  const kind = kindOf(folder, parsed !== undefined);
  return kind && positive({ kind, ...upload, number: Number(number), sha256: hash });
}

function kindOf(folder: string | undefined, isParse: boolean): NumberedKind | undefined {
  if (isParse) return folder === 'logs' ? 'log-map' : undefined;
  return (['pack', 'map', 'log'] as const).find((kind) => folders[kind] === folder);
}

/** Numbers count from 1. */
const positive = <K extends VaultKey & { readonly number: number }>(key: K): K | undefined =>
  key.number > 0 ? key : undefined;
