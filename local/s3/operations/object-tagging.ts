import { authorize, tagContext } from '../authorize.ts';
import { findTarget } from '../find-object.ts';
import { versionHeader } from '../object-headers.ts';
import { parseTagging, type Tags, taggingElement } from '../object-tags.ts';
import { readDocument } from '../payload.ts';
import type { S3Answer, S3Call } from '../s3-call.ts';
import { reportTags } from '../s3-events.ts';
import type { S3Service } from '../s3-service.ts';
import { toXml } from '../xml.ts';
import { tagPermission } from './permissions.ts';

export function getObjectTagging(call: S3Call, service: S3Service): S3Answer {
  const { tags = {}, versionId } = findTarget(call, service);
  const { versioning } = service.buckets.get(call.bucket);
  return {
    status: 200,
    headers: versionHeader(versionId, versioning),
    body: toXml('Tagging', taggingElement(tags)),
  };
}

/** Replaces all tags of the version. */
export async function putObjectTagging(call: S3Call, service: S3Service): Promise<S3Answer> {
  const tags = parseTagging(await readDocument(call));
  // Here and not in the table: policies may ask about the tags in the body.
  const permission = tagPermission('Put', call.bucket, call.key, call.query.get('versionId'));
  const context = { ...permission.context, ...tagContext('Request', tags) };
  authorize(call, service, { ...permission, context });
  return changeTags(call, service, tags, 200);
}

export function deleteObjectTagging(call: S3Call, service: S3Service): S3Answer {
  return changeTags(call, service, undefined, 204);
}

function changeTags(call: S3Call, service: S3Service, tags: Tags | undefined, status: number): S3Answer {
  const { versionId } = service.database.transaction(() => {
    const object = findTarget(call, service);
    reportTags(call, service, object, tags === undefined ? 'Deleted' : 'Added');
    return service.versions.change(object, { tags });
  });
  service.outbox.wake();
  return { status, headers: versionHeader(versionId, service.buckets.get(call.bucket).versioning) };
}
