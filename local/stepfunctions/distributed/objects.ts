/** S3, as far as Map runs use it. What it refuses is thrown with S3's message. */
export interface ObjectStore {
  get(object: { bucket: string; key: string; versionId?: string }): Promise<Uint8Array>;
  put(object: { bucket: string; key: string }, body: string): Promise<void>;
  /** In the order of the keys, not more than `limit`. */
  list(objects: { bucket: string; prefix?: string }, limit: number): Promise<readonly ObjectSummary[]>;
}

export interface ObjectSummary {
  readonly etag: string;
  readonly key: string;
  readonly lastModified: number;
  readonly sizeBytes: number;
  readonly storageClass: string;
}

/** S3 with the rights of a state machine's role. */
export type OpenObjects = (roleArn: string) => ObjectStore;
