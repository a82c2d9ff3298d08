import { restoreState } from '../archive.ts';
import type { S3Call } from '../s3-call.ts';
import { S3Error } from '../s3-error.ts';
import type { S3Service } from '../s3-service.ts';
import type { StoredObject } from '../stored-version.ts';
import { isoDate } from '../times.ts';
import type { XmlElement } from '../xml.ts';

/** What a list tells of the temporary copies of archived objects, when it is asked to: of those without one, nothing. */
export function restoreStatusWriter(
  call: S3Call,
  service: S3Service,
): (object: Pick<StoredObject, 'restore'>) => XmlElement | undefined {
  const asked = call.headers.get('x-amz-optional-object-attributes');
  if (asked === undefined) return () => undefined;
  if (asked !== 'RestoreStatus') {
    throw new S3Error('InvalidArgument', 'Invalid attribute name specified.', {
      details: { ArgumentName: 'x-amz-optional-object-attributes', ArgumentValue: asked },
    });
  }
  const now = service.clock();
  return ({ restore }) => {
    const state = restoreState(restore, now);
    if (restore === undefined || state === 'none') return undefined;
    if (state === 'ongoing') return { IsRestoreInProgress: true };
    return { IsRestoreInProgress: false, RestoreExpiryDate: isoDate(restore.expires) };
  };
}
