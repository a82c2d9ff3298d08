import { type Caller, describeCaller, type IsCallerAllowed } from '../delivery/caller.ts';
import type { Queue } from './queue-registry.ts';
import { SqsError } from './sqs-error.ts';

/**
 * AWS wants a policy on the queue before a service may send. For a queue that somebody makes by the API and gives
 * no policy this is not asked for, so that trying things out needs no more than a queue.
 * @throws AccessDenied
 */
export const requireSender = (
  { arn, settings: { policy } }: Queue,
  caller: Caller,
  isOfTemplate: boolean,
  isCallerAllowed: IsCallerAllowed = () => true,
): void => {
  const isOpen = caller.kind === 'service' && policy === undefined && !isOfTemplate;
  if (isOpen || isCallerAllowed(caller, 'sqs:SendMessage', arn, policy)) return;
  throw new SqsError(
    'AccessDenied',
    `${describeCaller(caller)} is not authorized to perform: sqs:SendMessage on resource: ${arn}`,
    403,
  );
};
