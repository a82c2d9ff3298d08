import type { SecureContext } from 'node:tls';
import { Agent, type Dispatcher, EnvHttpProxyAgent } from 'undici';
import type { FarEnd } from '../metrics/activity.ts';
import { explainFailure } from './network-failure.ts';
import type { NetworkSettings } from './network-settings.ts';
import { type ProxyRoute, readProxyRoute } from './proxy-route.ts';
import { trustInAddition } from './trusted-authorities.ts';

/** The ways out of this machine. */
export interface Network {
  readonly toService: Dispatcher;
  /** Without time limits: transfers end by their own stall timeout, how long one takes in all says nothing. */
  readonly toVault: Dispatcher;
  /** The URL of the proxy, without its secret. */
  readonly proxy: string | undefined;
  /** Lets requests under way come to their ends. */
  close(): Promise<void>;
  /** Breaks off what is under way. */
  destroy(): Promise<void>;
}

/** Called with the outcome of each request; without a status when no answer came. */
type OnOutcome = (farEnd: FarEnd, status: number | undefined, origin: string) => void;

/** Reads the files that the settings name. Throws ConfigError. */
export async function openNetwork(
  settings: NetworkSettings,
  onOutcome: OnOutcome = () => {},
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Network> {
  const route = await readProxyRoute(settings, environment);
  const trust = settings.caFile === undefined ? undefined : await trustInAddition(settings.caFile);
  const toService = makeAgent(route, trust, {});
  const toVault = makeAgent(route, trust, { headersTimeout: 0, bodyTimeout: 0 });
  const watch = (farEnd: FarEnd) =>
    watching(route?.url, (origin, status) => onOutcome(farEnd, status, origin));
  return {
    toService: toService.compose(watch('service')),
    toVault: toVault.compose(watch('vault')),
    proxy: route?.url,
    close: async () => void (await Promise.all([toService.close(), toVault.close()])),
    destroy: async () => void (await Promise.all([toService.destroy(), toVault.destroy()])),
  };
}

function makeAgent(
  route: ProxyRoute | undefined,
  secureContext: SecureContext | undefined,
  limits: Pick<Agent.Options, 'bodyTimeout' | 'headersTimeout'>,
): Dispatcher {
  // Said here, certificates are verified even where NODE_TLS_REJECT_UNAUTHORIZED=0 is in the environment.
  const connect = { rejectUnauthorized: true, ...(secureContext && { secureContext }) };
  if (!route) return new Agent({ ...limits, connect });
  return new EnvHttpProxyAgent({
    ...limits,
    // Both given, for what is absent is looked up in the environment.
    httpProxy: route.url,
    httpsProxy: route.url,
    noProxy: route.noProxy.join(),
    proxyTunnel: true,
    connect,
    requestTls: connect,
    proxyTls: { ...connect, allowH2: false },
    ...(route.authorization !== undefined && { token: route.authorization }),
  });
}

/** Tells the outcome of each request, and explains why there is none. */
const watching =
  (
    proxy: string | undefined,
    tell: (origin: string, status?: number) => void,
  ): Dispatcher.DispatcherComposeInterceptor =>
  (dispatch) =>
  (options, handler) => {
    const origin = String(options.origin);
    let isTold = false;
    const tellOnce = (status?: number) => {
      if (!isTold) tell(origin, status);
      isTold = true;
    };
    return dispatch(options, {
      onRequestStart: (...given) => handler.onRequestStart?.(...given),
      onRequestUpgrade: (...given) => handler.onRequestUpgrade?.(...given),
      onResponseStart: (controller, status, ...rest) => {
        if (status >= 200) tellOnce(status);
        handler.onResponseStart?.(controller, status, ...rest);
      },
      onResponseData: (...given) => handler.onResponseData?.(...given),
      onResponseEnd: (...given) => handler.onResponseEnd?.(...given),
      onResponseError: (controller, error) => {
        tellOnce();
        handler.onResponseError?.(controller, explainFailure(error, origin, proxy));
      },
    });
  };
