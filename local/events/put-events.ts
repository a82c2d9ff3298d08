import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { toSeconds } from '../delivery/schedule-context.ts';
import type { ServiceEvent } from '../delivery/target-call.ts';
import type { EventEnvelope, LocalClock } from '../services.ts';
import { busNameOf, type Place } from './configuration.ts';
import { RequestError } from './request-error.ts';

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html */
const MAX_ENTRIES = 10;
const MAX_REQUEST_BYTES = 1024 * 1024;

const entrySchema = z.strictObject({
  Source: z.string().optional(),
  DetailType: z.string().optional(),
  Detail: z.string().optional(),
  EventBusName: z.string().optional(),
  Resources: z.array(z.string()).optional(),
  /** For X-Ray, which is not here. */
  TraceHeader: z.string().optional(),
  /** Seconds since the epoch, as AWS JSON gives times. */
  Time: z.union([z.number(), z.iso.datetime()]).optional(),
});
const requestSchema = z.strictObject({ Entries: z.array(entrySchema).min(1) });

type PutEventsEntry = z.infer<typeof entrySchema>;

export interface PutEventsAnswer {
  readonly FailedEntryCount: number;
  readonly Entries: readonly ({ EventId: string } | { ErrorCode: string; ErrorMessage: string })[];
}

export interface EventAcceptance extends Place {
  readonly clock: LocalClock;
  readonly busNames: ReadonlySet<string>;
  /** Stores the events; they are accepted when it returns. */
  accept(events: readonly { readonly busName: string; readonly event: EventEnvelope }[]): void;
}

/** PutEvents: each entry is judged by itself, and what is accepted is stored before the answer. */
export const putEvents = (request: unknown, acceptance: EventAcceptance): PutEventsAnswer => {
  const parsed = requestSchema.safeParse(request);
  if (!parsed.success) throw new RequestError('ValidationException', z.prettifyError(parsed.error));
  const { Entries } = parsed.data;
  if (Entries.length > MAX_ENTRIES) {
    throw new RequestError(
      'ValidationException',
      `Entries has ${Entries.length} items, allowed are ${MAX_ENTRIES}`,
    );
  }
  const bytes = Entries.reduce((sum, entry) => sum + sizeOf(entry), 0);
  if (bytes > MAX_REQUEST_BYTES) {
    throw new RequestError('ValidationException', `Total size of the entries is ${bytes} bytes, over 1 MB`);
  }
  const results = Entries.map((entry) => readEntry(entry, acceptance));
  acceptance.accept(results.filter((result) => 'event' in result));
  return {
    FailedEntryCount: results.filter((result) => 'ErrorCode' in result).length,
    Entries: results.map((result) => ('event' in result ? { EventId: result.event.id } : result)),
  };
};

/** What one of AWS's services says on a bus. */
export const serviceEvent = (
  { source, detailType, resources, detail }: ServiceEvent,
  { region, accountId, clock }: Place & { readonly clock: LocalClock },
): EventEnvelope => ({
  ...{ version: '0', id: randomUUID(), 'detail-type': detailType, source, account: accountId },
  ...{ time: toSeconds(clock()), region, resources, detail },
});

type EntryResult = { busName: string; event: EventEnvelope } | { ErrorCode: string; ErrorMessage: string };

const readEntry = (entry: PutEventsEntry, acceptance: EventAcceptance): EntryResult => {
  const { Source: source, DetailType: detailType, Detail: detailText, Resources: resources = [] } = entry;
  for (const [name, value] of Object.entries({
    Source: source,
    DetailType: detailType,
    Detail: detailText,
  })) {
    if (value) continue;
    return {
      ErrorCode: 'InvalidArgument',
      ErrorMessage: `Parameter ${name} is not valid. Reason: ${name} is a required argument.`,
    };
  }
  if (source?.startsWith('aws.')) {
    return {
      ErrorCode: 'NotAuthorizedForSourceException',
      ErrorMessage: `Not authorized for the source ${source}.`,
    };
  }
  const detail = parseObject(detailText);
  if (detail === undefined) return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
  const busName = busNameOf(entry.EventBusName);
  if (!acceptance.busNames.has(busName)) {
    return { ErrorCode: 'ResourceNotFoundException', ErrorMessage: `Event bus ${busName} does not exist.` };
  }
  const event: EventEnvelope = {
    version: '0',
    id: randomUUID(),
    'detail-type': detailType ?? '',
    source: source ?? '',
    account: acceptance.accountId,
    time: toSeconds(timeOf(entry.Time) ?? acceptance.clock()),
    region: acceptance.region,
    resources,
    detail,
  };
  return { busName, event };
};

const timeOf = (time: PutEventsEntry['Time']): number | undefined =>
  typeof time === 'number' ? time * 1_000 : time === undefined ? undefined : Date.parse(time);

const parseObject = (text = ''): object | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
};

/** The time counts 14 bytes, the texts their UTF-8 length. */
const sizeOf = ({
  Time,
  Source = '',
  DetailType = '',
  Detail = '',
  Resources = [],
}: PutEventsEntry): number =>
  (Time === undefined ? 0 : 14) +
  [Source, DetailType, Detail, ...Resources].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
