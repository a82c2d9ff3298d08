import { describeCaller, type IsCallerAllowed } from '../delivery/caller.ts';
import { DeliveryQueue } from '../delivery/delivery-queue.ts';
import { DeliveryStore } from '../delivery/delivery-store.ts';
import type { PublishMessage, TargetConnections } from '../delivery/target-call.ts';
import { type Authenticate, listenEndpoint } from '../endpoint/listen.ts';
import type { LocalClock, LocalService, PolicyDocument } from '../services.ts';
import { policyOfTopic, requireValidTopicAttributes } from './attributes.ts';
import { requireTopic, type SnsState } from './operation.ts';
import { writeOutboundTo } from './outbound-log.ts';
import { publishMessage, requireValidMessage } from './publish.ts';
import { answerSnsApi, refuseRequest } from './sns-api.ts';
import { SnsError } from './sns-error.ts';
import { requireValidSubscription } from './subscription-operations.ts';
import { type Subscription, type Topic, TopicStore } from './topic-store.ts';

export interface SnsOptions extends Pick<TargetConnections, 'invokeAsync' | 'sendMessage'> {
  /** Holds topics, subscriptions and what is not delivered yet. One process at a time. */
  readonly directory: string;
  /** Takes a file for each topic with what would leave this machine. */
  readonly logDirectory: string;
  readonly region: string;
  readonly accountId: string;
  readonly port?: number;
  readonly authenticate?: Authenticate;
  readonly clock?: LocalClock;
  /** What other services may publish. Absent: everything. */
  readonly isCallerAllowed?: IsCallerAllowed;
  /** Those of the template. */
  readonly topics?: readonly Topic[];
  readonly subscriptions?: readonly Subscription[];
}

export interface LocalSns extends LocalService {
  readonly publish: PublishMessage;
  policyOf(topicArn: string): PolicyDocument | undefined;
  /** Delivers what is due now; it would be done within a second anyway. */
  wake(): void;
}

/** A form writes each byte of a message in up to three. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;
const WAKE_INTERVAL_MS = 1_000;

/** SNS with standard topics: goes on with what an earlier run left undelivered. */
export const startSns = async (options: SnsOptions): Promise<LocalSns> => {
  const { region, accountId, clock = Date.now } = options;
  await using started = new AsyncDisposableStack();
  const store = new TopicStore(options.directory);
  started.defer(() => store.close());
  putTemplate(store, options);
  const deliveries = new DeliveryQueue({
    ...{ store: new DeliveryStore(store.database), clock },
    connections: { ...options, ...neverTargets },
  });
  started.defer(() => deliveries.close());
  let endpoint = '';
  const state: SnsState = {
    ...{ store, deliveries, clock, endpoint: () => endpoint },
    arnPrefix: `arn:aws:sns:${region}:${accountId}:`,
    writeOutbound: writeOutboundTo(options.logDirectory),
  };
  const service = await listenEndpoint({
    port: options.port ?? 0,
    maxBodyBytes: MAX_BODY_BYTES,
    answer: (request) => answerSnsApi(state, request, options.authenticate),
    refuse: refuseRequest,
  });
  started.defer(() => service.close());
  endpoint = service.endpoint;
  const timer = setInterval(() => wakeSafely(deliveries), WAKE_INTERVAL_MS);
  started.defer(() => clearInterval(timer));
  wakeSafely(deliveries);
  const running = started.move();
  return {
    endpoint,
    publish: (message) => publishInternally(state, message, options),
    policyOf: (topicArn) => policyOfTopic(store.findTopic(topicArn)?.attributes ?? {}),
    wake: () => deliveries.wake(),
    close: () => running.disposeAsync(),
  };
};

const refuseTarget = (): never => {
  throw new Error('SNS delivers to queues and functions only');
};
const neverTargets = { startExecution: refuseTarget, publish: refuseTarget, putServiceEvent: refuseTarget };

/** What the template says wins over what an earlier template said and over what was changed by the API since. */
const putTemplate = (store: TopicStore, { topics = [], subscriptions = [] }: SnsOptions): void =>
  store.database.transaction(() => {
    store.removeSubscriptionsOfTemplate();
    for (const topic of topics) {
      naming(topic.arn, () => requireValidTopicAttributes(topic.attributes));
      store.putTopic(topic);
    }
    for (const subscription of subscriptions) {
      naming(subscription.arn, () => requireValidSubscription(subscription));
      store.putSubscription(subscription, 'template');
    }
  });

const naming = (arn: string, check: () => void): void => {
  try {
    check();
  } catch (cause) {
    throw new Error(`${arn}: ${(cause as Error).message}`, { cause });
  }
};

/** As with queues, a topic that somebody makes by the API needs a policy only once it has one. */
const publishInternally = (
  state: SnsState,
  { topicArn, body, caller }: Parameters<PublishMessage>[0],
  { isCallerAllowed = () => true, topics = [] }: SnsOptions,
): void => {
  const topic = requireTopic(state, topicArn);
  const policy = policyOfTopic(topic.attributes);
  const isOpen =
    caller.kind === 'service' && policy === undefined && !topics.some(({ arn }) => arn === topicArn);
  if (!isOpen && !isCallerAllowed(caller, 'sns:Publish', topicArn, policy)) {
    throw new SnsError(
      'AuthorizationError',
      `${describeCaller(caller)} is not authorized to perform: SNS:Publish on resource: ${topicArn}`,
      403,
    );
  }
  const message = { text: body, attributes: {} };
  requireValidMessage(topic, message);
  publishMessage(state, topic, message);
};

/** A full disk, for one: the next second may be better, and the other services go on. */
const wakeSafely = (deliveries: DeliveryQueue): void => {
  try {
    deliveries.wake();
  } catch (error) {
    process.emitWarning(error as Error);
  }
};
