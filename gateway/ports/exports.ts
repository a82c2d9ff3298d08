/** A folder that clients may mount. */
export interface ExportedFolder {
  readonly path: string;
  /** Networks in CIDR form. */
  readonly clients: readonly string[];
  /** A UUID that names the folder to clients for ever, whatever device it lies on. */
  readonly fsid: string;
}

/** One way to export folders to the Oracle hosts. */
export interface Exports {
  readonly kind: 'exportfs' | 'none';
  /** Exports these folders, and withdraws all others that it exported before. Repeatable; throws when it cannot. */
  publish(folders: readonly ExportedFolder[]): Promise<void>;
  /** Why the folders are not all exported at this moment, as the NFS server itself says, or undefined. */
  findProblem(folders: readonly ExportedFolder[]): Promise<string | undefined>;
}
