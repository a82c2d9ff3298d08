import type { DynamoDbProgram } from '../dynamodb/program.ts';
import type { LocalClock, LocalService } from '../services.ts';
import { authorizeRequests } from './authorize.ts';
import type { LocalCredentials } from './credentials.ts';
import type { LocalEndpoints } from './function-environment.ts';
import type { LocalPlan } from './plan.ts';
import type { Ports } from './ports.ts';

export interface StartOptions {
  readonly plan: LocalPlan;
  readonly program: DynamoDbProgram;
  readonly credentials: LocalCredentials;
  readonly ports: Ports;
  readonly endpoints: LocalEndpoints;
  /** Where clients reach services through forwarders. */
  readonly publicEndpoints?: Readonly<Record<string, string>>;
  readonly dataDirectory: string;
  readonly clock?: LocalClock;
  /** Called when a workflow has handed a task over and waits for its token. */
  readonly onHandedOver?: () => void;
  /** Takes what has to be ended, in the order of the starts. */
  readonly started: AsyncDisposableStack;
}

/** Makes sure that a service ends, whatever comes after its start. */
export const keep = <Service extends LocalService>({ started }: StartOptions, service: Service): Service => {
  started.defer(() => service.close());
  return service;
};

export const clockOf = ({ clock }: StartOptions) => (clock === undefined ? {} : { clock });

type AuthorizeOptions = Parameters<typeof authorizeRequests>[0];

/** Signatures are made with this machine's time, whatever clock schedules and workflows go by. */
export const authenticatorOf = (
  { plan, credentials }: StartOptions,
  service: string,
  describe: AuthorizeOptions['describe'],
  policyOf?: AuthorizeOptions['policyOf'],
) =>
  authorizeRequests({
    ...{ service, describe, clock: Date.now, region: plan.deployment.region },
    credentials: [credentials.admin, ...credentials.roles.values()],
    ...(policyOf !== undefined && { policyOf }),
  });
