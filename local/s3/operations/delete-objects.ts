import { decide } from '../authorize.ts';
import { refuseUselessBypass } from '../lock-enforcement.ts';
import { readDocument, refuseUndigestedDocument } from '../payload.ts';
import type { S3Answer, S3Call } from '../s3-call.ts';
import { S3Error } from '../s3-error.ts';
import type { S3Service } from '../s3-service.ts';
import { elementsOf, type ParsedXml, parseXml, textOf, toXml, type XmlElement } from '../xml.ts';
import { applyDelete, type DeleteOutcome, finishDeletes } from './delete-object.ts';
import { type DeleteRequest, deletePermissions } from './permissions.ts';

/** S3 takes up to 1000 keys of 1024 bytes, escaped. */
const MAX_DOCUMENT_BYTES = 8 * 2 ** 20;
const MAX_KEYS = 1000;

/** Deletes up to 1000 keys or versions. Each succeeds or fails by itself; those that succeed do so together. */
export async function deleteObjects(call: S3Call, service: S3Service): Promise<S3Answer> {
  refuseUndigestedDocument(call);
  refuseUselessBypass(call, service.buckets.get(call.bucket));
  const document = parseXml(await readDocument(call, MAX_DOCUMENT_BYTES), 'Delete', ['Object']);
  const requests = elementsOf(document, 'Object').map(readRequest);
  if (requests.length === 0 || requests.length > MAX_KEYS) {
    throw new S3Error('MalformedXML', `A Delete document names between 1 and ${MAX_KEYS} objects.`);
  }
  const deleted: XmlElement[] = [];
  const errors: XmlElement[] = [];
  const outcomes = service.database.transaction(() =>
    requests.flatMap((request) => {
      try {
        const outcome = deleteOne(call, service, request);
        deleted.push(deletedElement(request, outcome));
        return [outcome];
      } catch (cause) {
        if (!(cause instanceof S3Error)) throw cause;
        errors.push(errorElement(request, cause));
        return [];
      }
    }),
  );
  await finishDeletes(service, outcomes);
  const isQuiet = textOf(document, 'Quiet') === 'true';
  const body = toXml('DeleteResult', { Deleted: isQuiet ? [] : deleted, Error: errors });
  return { status: 200, body };
}

function deleteOne(call: S3Call, service: S3Service, request: DeleteRequest): DeleteOutcome {
  for (const permission of deletePermissions(call.bucket, request)) {
    const decision = decide(call, service, permission);
    if (!decision.allowed) throw new S3Error('AccessDenied', `Access Denied (${decision.by})`);
  }
  return applyDelete(call, service, request);
}

function readRequest(element: ParsedXml): DeleteRequest {
  const key = textOf(element, 'Key');
  if (key === undefined || key === '') throw new S3Error('MalformedXML', 'Each Object needs a Key.');
  for (const condition of ['LastModifiedTime', 'Size']) {
    if (textOf(element, condition) === undefined) continue;
    throw new S3Error('NotImplemented', `${condition} is a condition of directory buckets only.`);
  }
  return {
    key,
    versionId: textOf(element, 'VersionId'),
    etag: textOf(element, 'ETag')?.trim().replaceAll('"', ''),
  };
}

function deletedElement({ key, versionId }: DeleteRequest, outcome: DeleteOutcome): XmlElement {
  return {
    Key: key,
    VersionId: versionId,
    DeleteMarker: outcome.isDeleteMarker || undefined,
    // Of the marker that was made, or of the one that was removed.
    DeleteMarkerVersionId: outcome.markerVersionId ?? (outcome.isDeleteMarker ? versionId : undefined),
  };
}

function errorElement({ key, versionId }: DeleteRequest, error: S3Error): XmlElement {
  return { Key: key, VersionId: versionId, Code: error.code, Message: error.message };
}
