import {
  type ArchiveClass,
  archiveClassOf,
  RETRIEVAL_TIERS,
  type Restore,
  type RetrievalTier,
  restoreExpiry,
  restoreState,
  thawMilliseconds,
} from '../archive.ts';
import { findTarget } from '../find-object.ts';
import { readDocument } from '../payload.ts';
import type { S3Answer, S3Call } from '../s3-call.ts';
import { S3Error } from '../s3-error.ts';
import { reportRestoreInitiated } from '../s3-events.ts';
import type { S3Service } from '../s3-service.ts';
import { settleRestores } from '../settle-restores.ts';
import { checkChildren, childOf, malformed, type ParsedXml, parseXml, textOf } from '../xml.ts';

interface RestoreRequest {
  readonly days: number;
  readonly tier: RetrievalTier;
}

/** JavaScript's dates end 10^8 days after 1970. */
const MAX_DAYS = 10_000_000;

/** Asks for a temporary copy, for a faster way to it, or for more or fewer days of one that is there. */
export async function restoreObject(call: S3Call, service: S3Service): Promise<S3Answer> {
  const request = parseRequest(await readDocument(call));
  // Copies that lapsed a moment ago are told of before a new one is asked for.
  settleRestores(service);
  const status = service.database.transaction(() => applyRequest(call, service, request));
  service.outbox.wake();
  return { status };
}

function applyRequest(call: S3Call, service: S3Service, request: RestoreRequest): number {
  const object = findTarget(call, service);
  const archiveClass = archiveClassOf(object.attributes.storageClass);
  if (archiveClass === undefined) {
    throw new S3Error('InvalidObjectState', "Restore is not allowed for the object's current storage class", {
      details: { StorageClass: object.attributes.storageClass },
    });
  }
  const restore = planRestore(service, archiveClass, object.restore, request);
  const changed = service.versions.change(object, { restore });
  const isReadable = restoreState(object.restore, service.clock()) === 'readable';
  service.restores.set(object.seq, restore.isAnnounced ? restore.expires : restore.completes);
  if (object.restore === undefined) reportRestoreInitiated(call, service, changed);
  return isReadable ? 200 : 202;
}

function planRestore(
  service: S3Service,
  archiveClass: ArchiveClass,
  present: Restore | undefined,
  { days, tier }: RestoreRequest,
): Restore {
  const now = service.clock();
  const thaw = thawMilliseconds(archiveClass, tier, service.thawSeconds);
  if (thaw === undefined) {
    throw new S3Error('InvalidArgument', 'Retrieval option is not supported by this storage class', {
      details: { ArgumentName: 'Tier', ArgumentValue: tier },
    });
  }
  const state = restoreState(present, now);
  if (present !== undefined && state === 'readable') {
    return { ...present, days, expires: restoreExpiry(now, now, days) };
  }
  if (present !== undefined && state === 'ongoing') {
    refuseNoUpgrade(present, { days, tier });
    const completes = Math.min(present.completes, now + thaw);
    return { ...present, tier, completes };
  }
  const completes = now + thaw;
  return {
    ...{ tier, days, completes, requested: now, isAnnounced: false },
    expires: restoreExpiry(now, completes, days),
  };
}

/** While a copy is being made, only a faster tier can be asked for, and nothing else changed with it. */
function refuseNoUpgrade(present: Restore, { days, tier }: RestoreRequest): void {
  const isFaster = RETRIEVAL_TIERS.indexOf(tier) < RETRIEVAL_TIERS.indexOf(present.tier);
  if (isFaster && days === present.days) return;
  throw new S3Error('RestoreAlreadyInProgress', 'Object restore is already in progress');
}

function parseRequest(text: string): RestoreRequest {
  const document = parseXml(text, 'RestoreRequest', []);
  const selecting = ['Type', 'SelectParameters', 'OutputLocation'];
  checkChildren(document, ['Days', 'GlacierJobParameters', 'Tier', 'Description'], selecting);
  const parameters = childOf(document, 'GlacierJobParameters') ?? '';
  checkChildren(parameters, ['Tier']);
  const name = textOf(parameters, 'Tier') ?? textOf(document, 'Tier') ?? 'Standard';
  const tier = RETRIEVAL_TIERS.find((one) => one === name);
  if (tier === undefined) throw malformed(`${name} is not a retrieval tier`);
  return { days: readDays(document), tier };
}

function readDays(document: ParsedXml): number {
  const text = textOf(document, 'Days');
  const days = /^\d{1,10}$/.test(text ?? '') ? Number(text) : Number.NaN;
  if (days >= 1 && days <= MAX_DAYS) return days;
  throw malformed('Days must be given, as a whole number of at least 1');
}
