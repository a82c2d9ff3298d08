import { createHash } from 'node:crypto';
import type { S3Service } from '../s3-service.ts';
import type { XmlElement } from '../xml.ts';

/** The canonical user that stands for an account: opaque, 64 hexadecimal digits. */
export function ownerElement({ accountId }: Pick<S3Service, 'accountId'>): XmlElement {
  return { ID: createHash('sha256').update(accountId).digest('hex') };
}
