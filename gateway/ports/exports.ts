/** A folder that clients may mount. */
export interface ExportedFolder {
  readonly path: string;
  /** Networks in CIDR form. */
  readonly clients: readonly string[];
  /** A UUID that names the folder to clients for ever, whatever device it lies on. */
  readonly fsid: string;
  /** Clients see the file systems that are mounted below it, too. */
  readonly crossesMounts?: true;
}

/** One way to export folders to the Oracle hosts. */
export interface Exports {
  readonly kind: 'exportfs' | 'none';
  /** Exports these folders, and withdraws all others that it exported before. Repeatable; throws when it cannot. */
  publish(folders: readonly ExportedFolder[]): Promise<void>;
  /** Why the folders are not all exported at this moment, as the NFS server itself says, or undefined. */
  findProblem(folders: readonly ExportedFolder[]): Promise<string | undefined>;
  /** Makes the server forget what it has open for nobody: a file system that it has looked into cannot be unmounted. */
  flush(): Promise<void>;
}
