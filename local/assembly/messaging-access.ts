import type { Place } from '../cloudformation/resource-types.ts';
import { busArn, ruleArn, scheduleArn } from '../events/configuration.ts';
import type { RequestedAccess } from './authorize.ts';
import { type DescribeAccess, parseBody } from './requested-access.ts';

/** SQS: the queue stands in the body, by URL, name or ARN; batches need what one message needs. */
export const queueAccess =
  ({ region, accountId }: Place): DescribeAccess =>
  (request) => {
    const operation = operationOf(request.headers['x-amz-target']).replace(/Batch$/, '');
    const { QueueUrl, QueueName, SourceArn, TaskHandle } = parseBody(request);
    const url = text(QueueUrl);
    const name = text(QueueName) ?? (url === undefined ? undefined : url.slice(url.lastIndexOf('/') + 1));
    const arn = name === undefined ? text(SourceArn) : `arn:aws:sqs:${region}:${accountId}:${name}`;
    return [{ action: `sqs:${operation}`, anyOf: [arn ?? sourceOfTask(text(TaskHandle)) ?? '*'] }];
  };

/** A task's handle tells, to us and to SQS, from which queue it moves messages. */
const sourceOfTask = (handle = ''): string | undefined => {
  try {
    return text((JSON.parse(Buffer.from(handle, 'base64').toString()) as { sourceArn?: unknown }).sourceArn);
  } catch {
    return undefined;
  }
};

/** SNS: the topic stands in the form; a subscription's ARN begins with it. */
export const topicAccess =
  ({ region, accountId }: Place): DescribeAccess =>
  ({ body }) => {
    const form = new URLSearchParams(body.toString());
    const name = form.get('Name');
    const arn =
      form.get('TopicArn') ??
      form.get('TargetArn') ??
      form.get('SubscriptionArn')?.replace(/:[^:]*$/, '') ??
      (name === null ? '*' : `arn:aws:sns:${region}:${accountId}:${name}`);
    return [{ action: `sns:${form.get('Action')}`.replace(/Batch$/, ''), anyOf: [arn] }];
  };

/** EventBridge: every bus that an entry names; the bus or the rule that is managed. */
export const eventBusAccess =
  (place: Place): DescribeAccess =>
  (request) => {
    const operation = operationOf(request.headers['x-amz-target']);
    const body = parseBody(request);
    const action = `events:${operation}`;
    if (operation === 'PutEvents') return busesOf(body.Entries).map((bus) => accessToBus(action, bus, place));
    if (/^(Create|Delete|Describe)EventBus$/.test(operation)) {
      return [accessToBus(action, text(body.Name) ?? 'default', place)];
    }
    const rule = text(body.Rule) ?? text(body.Name);
    if (rule === undefined) return [{ action, anyOf: ['*'] }];
    const busName = (text(body.EventBusName) ?? 'default').replace(/^arn:[^/]+:event-bus\//, '');
    return [{ action, anyOf: [ruleArn(busName, rule, place)] }];
  };

const busesOf = (entries: unknown): readonly string[] =>
  (Array.isArray(entries) ? entries : []).map(
    (entry: { readonly EventBusName?: unknown } | null) => text(entry?.EventBusName) ?? 'default',
  );

const accessToBus = (action: string, nameOrArn: string, place: Place): RequestedAccess => ({
  action,
  anyOf: [nameOrArn.startsWith('arn:') ? nameOrArn : busArn(nameOrArn, place)],
});

const SCHEDULE_ACTIONS: Readonly<Record<string, string>> = {
  POST: 'CreateSchedule',
  PUT: 'UpdateSchedule',
  GET: 'GetSchedule',
  DELETE: 'DeleteSchedule',
};

/** Scheduler: the schedule stands in the path. */
export const schedulerAccess =
  (place: Place): DescribeAccess =>
  ({ method, url }) => {
    const name = /^\/schedules\/([^/?]+)/.exec(url)?.[1];
    if (name === undefined) {
      const isGroup = url.startsWith('/schedule-groups');
      return [{ action: `scheduler:${isGroup ? 'ListScheduleGroups' : 'ListSchedules'}`, anyOf: ['*'] }];
    }
    const arn = scheduleArn(decodeURIComponent(name), place);
    return [{ action: `scheduler:${SCHEDULE_ACTIONS[method] ?? method}`, anyOf: [arn] }];
  };

/** `AmazonSQS.SendMessage` is SendMessage. */
const operationOf = (target: unknown): string => String(target).replace(/^[^.]*\./, '');

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
