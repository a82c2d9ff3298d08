import type { UploadId } from '../../../domain/ids.ts';
import type { Entities } from './entities.ts';

/** Mount and seq of a point: its place in the table. They never change once the upload is committed. */
export async function locatePoint({ upload }: Entities, recoveryPointId: UploadId) {
  const { data } = await upload.get({ uploadId: recoveryPointId }).go({ consistent: true });
  return data?.seq === undefined ? undefined : { mountId: data.mountId, seq: data.seq };
}
