import { readDocument } from '../payload.ts';
import type { S3Answer, S3Call } from '../s3-call.ts';
import { notImplemented, S3Error } from '../s3-error.ts';
import type { S3Service } from '../s3-service.ts';
import { checkChildren, malformed, parseXml, textOf, toXml } from '../xml.ts';

export function getBucketVersioning(call: S3Call, service: S3Service): S3Answer {
  const { versioning } = service.buckets.get(call.bucket);
  const body = toXml('VersioningConfiguration', { Status: versioning === 'Off' ? undefined : versioning });
  return { status: 200, body };
}

export async function putBucketVersioning(call: S3Call, service: S3Service): Promise<S3Answer> {
  const document = parseXml(await readDocument(call), 'VersioningConfiguration', []);
  checkChildren(document, ['Status', 'MfaDelete']);
  if ((textOf(document, 'MfaDelete') ?? 'Disabled') !== 'Disabled') throw notImplemented('MFA delete');
  const versioning = textOf(document, 'Status');
  if (versioning === undefined) {
    throw new S3Error('IllegalVersioningConfigurationException', 'The Versioning element must be specified');
  }
  if (versioning !== 'Enabled' && versioning !== 'Suspended') {
    throw malformed('Status must be Enabled or Suspended');
  }
  if (versioning === 'Suspended' && service.buckets.get(call.bucket).objectLock !== undefined) {
    throw new S3Error(
      'InvalidBucketState',
      'An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.',
    );
  }
  service.buckets.change(call.bucket, { versioning });
  return { status: 200 };
}
