/** Which items a Map run reads from S3: what ItemReader says, evaluated. */
export type ReadRequest =
  | {
      readonly source: 'list';
      readonly bucket: string;
      readonly prefix?: string;
      readonly maxItems: number;
    }
  | {
      readonly source: 'object';
      readonly bucket: string;
      readonly key: string;
      readonly versionId?: string;
      readonly format: ItemFormat;
      readonly maxItems: number;
    };

export type ItemFormat =
  | {
      readonly kind: 'CSV';
      readonly delimiter: string /** Absent: the first row. */;
      readonly headers?: readonly string[];
    }
  | { readonly kind: 'JSON' /** JSON Pointer to the list. */; readonly pointer?: string }
  | { readonly kind: 'JSONL' };

/** What becomes of the results of the children: NONE keeps what describes them, FLATTEN joins lists. */
export type Transformation = 'NONE' | 'COMPACT' | 'FLATTEN';

/** Where a Map run writes its results: what ResultWriter says, evaluated. */
export interface WriteRequest {
  readonly bucket: string;
  readonly prefix?: string;
  readonly transformation: Transformation;
  readonly outputType: 'JSON' | 'JSONL';
}
