import { readDocument } from '../payload.ts';
import type { S3Answer, S3Call } from '../s3-call.ts';
import type { S3Service } from '../s3-service.ts';
import { checkChildren, childOf, parseXml, toXml } from '../xml.ts';

/** Destinations of S3's older notifications, in the words of its XML. */
const OTHER_DESTINATIONS = ['TopicConfiguration', 'QueueConfiguration', 'CloudFunctionConfiguration'];

export function getBucketNotification(call: S3Call, service: S3Service): S3Answer {
  const { hasEvents } = service.buckets.get(call.bucket);
  const body = toXml('NotificationConfiguration', { EventBridgeConfiguration: hasEvents ? {} : undefined });
  return { status: 200, body };
}

/** The document replaces the whole configuration: without the element, EventBridge hears nothing any more. */
export async function putBucketNotification(call: S3Call, service: S3Service): Promise<S3Answer> {
  const document = parseXml(await readDocument(call), 'NotificationConfiguration', []);
  checkChildren(document, ['EventBridgeConfiguration'], OTHER_DESTINATIONS);
  const element = childOf(document, 'EventBridgeConfiguration');
  if (element !== undefined) checkChildren(element, []);
  service.buckets.change(call.bucket, { eventBridge: element !== undefined });
  return { status: 200 };
}
