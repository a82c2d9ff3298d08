import type { UploadId } from '../../../domain/ids.ts';
import type { Upload } from '../../../domain/upload.ts';
import type { Entities } from './entities.ts';

/** An upload as the table holds it. */
export type UploadItem = Upload & { readonly runningState?: 'open' | 'committing' | 'closing' };

export const toUpload = ({ runningState: _, ...upload }: UploadItem): Upload => upload;

/** The upload, strongly consistent. */
export async function findUpload({ upload }: Entities, uploadId: UploadId): Promise<Upload | undefined> {
  const { data } = await upload.get({ uploadId }).go({ consistent: true });
  return data === null ? undefined : toUpload(data);
}
