import { type MessageAttributes, textAttributes } from '../sqs/message-attributes.ts';
import type { Delivery } from './delivery-store.ts';
import type { DeliveryFailure, ExhaustedCondition } from './delivery-target.ts';
import { executionIdOf, toSeconds } from './schedule-context.ts';

/** What a service writes beside the body of a dead letter. `delivery` does not count the last attempt yet. */
export const deadLetterAttributes = (
  delivery: Delivery,
  failure: DeliveryFailure,
  condition: ExhaustedCondition | undefined,
): MessageAttributes => {
  const { origin, arn } = delivery.target;
  const common = {
    TARGET_ARN: arn,
    ERROR_MESSAGE: shorten(failure.message),
    RETRY_ATTEMPTS: String(delivery.attempts),
    ...(condition !== undefined && { EXHAUSTED_RETRY_CONDITION: condition }),
  };
  switch (origin.kind) {
    case 'rule':
      return textAttributes({ ...common, RULE_ARN: origin.arn, ERROR_CODE: ruleErrorCode(failure) });
    case 'schedule':
      return textAttributes({
        ...common,
        SCHEDULE_ARN: origin.arn,
        SCHEDULED_TIME: toSeconds(origin.scheduledAt),
        EXECUTION_ID: executionIdOf(delivery),
        ERROR_CODE: failure.code,
        IS_PAYLOAD_TRUNCATED: 'false',
      });
    case 'subscription':
    case 'report':
      return {};
  }
};

const MAX_MESSAGE_LENGTH = 1_024;

const shorten = (message: string): string => message.slice(0, MAX_MESSAGE_LENGTH) || 'unknown';

/** EventBridge has codes of its own, https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html */
const RULE_ERROR_CODES: ReadonlyMap<string, string> = new Map([
  ['AccessDenied', 'NO_PERMISSIONS'],
  ['AccessDeniedException', 'NO_PERMISSIONS'],
  ['AuthorizationError', 'NO_PERMISSIONS'],
  ['EventAgeExceeded', 'TIMEOUT'],
  ['InvalidMessageContents', 'INVALID_PARAMETER'],
  ['InvalidParameter', 'INVALID_PARAMETER'],
  ['InvalidParameterValue', 'INVALID_PARAMETER'],
  ['InvalidExecutionInput', 'INVALID_JSON'],
  ['InvalidRequestContentException', 'INVALID_JSON'],
  ['NotFound', 'NO_RESOURCE'],
  ['QueueDoesNotExist', 'NO_RESOURCE'],
  ['RequestTooLargeException', 'INVALID_PARAMETER'],
  ['ResourceNotFoundException', 'NO_RESOURCE'],
  ['StateMachineDoesNotExist', 'NO_RESOURCE'],
  ['TooManyRequestsException', 'THROTTLING'],
]);

const ruleErrorCode = ({ code }: DeliveryFailure): string =>
  RULE_ERROR_CODES.get(code) ?? 'ERROR_FROM_TARGET';
