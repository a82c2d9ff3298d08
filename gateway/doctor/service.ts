import { request } from 'undici';
import { requestTarget } from '../../shared/contracts/calls.ts';
import { routes } from '../../shared/contracts/routes.ts';
import type { GatewayConfig } from '../config.ts';
import type { Network } from '../network/network.ts';
import { NetworkFailure } from '../network/network-failure.ts';
import type { StoreIdentity } from '../service/identity.ts';
import { type Finding, fail, messageOf, ok, warn } from './finding.ts';

const maxClockMillis = 5 * 60_000;
/** Longer than most ways need, shorter than somebody waits for a doctor. */
export const answerMillis = 15_000;

/**
 * The way to the service, its clock, and whether it takes the token: one call, which shows this store and changes
 * nothing. A poll would count as a sign of life, and as the next link of the chain of polls.
 */
export async function checkService(
  { service }: GatewayConfig,
  network: Network,
  identity: StoreIdentity | undefined,
): Promise<Finding[]> {
  const target = requestTarget(routes.showStore.path, {
    params: { storeId: identity?.storeId ?? 'unknown' },
  });
  const way = network.proxy === undefined ? '' : ` (a proxy is set: ${network.proxy})`;
  try {
    const { statusCode, headers, body } = await request(service.url + target, {
      headers: identity ? { authorization: `Bearer ${identity.token}` } : {},
      signal: AbortSignal.timeout(answerMillis),
      dispatcher: network.toService,
    });
    const text = await body.text();
    return [
      ok('service.way', `${service.url} answers${way}`),
      ...checkClock(headers.date, new Date()),
      ...(identity ? [checkAnswer(statusCode, text)] : []),
    ];
  } catch (error) {
    return [unreachable('service.way', service.url, error)];
  }
}

/** Why nothing came back, with what to do. */
export function unreachable(check: string, origin: string, error: unknown): Finding {
  if (error instanceof NetworkFailure) return fail(check, error.reason, error.advice);
  const why =
    error instanceof Error && error.name === 'TimeoutError'
      ? `nothing came back for ${answerMillis / 1000} s`
      : messageOf(error);
  return fail(
    check,
    `no way to ${origin}: ${why}`,
    'check the firewall, network.proxy and what answers there',
  );
}

function checkClock(date: unknown, now: Date): Finding[] {
  const theirs = Date.parse(String(date));
  if (Number.isNaN(theirs)) return [];
  const difference = now.getTime() - theirs;
  const seconds = Math.round(Math.abs(difference) / 1000);
  const reason =
    seconds < 2
      ? 'the clock of this machine agrees with that of the service'
      : `the clock of this machine is ${seconds} s ${difference > 0 ? 'ahead of' : 'behind'} that of the service`;
  if (Math.abs(difference) <= maxClockMillis) return [ok('service.clock', reason)];
  return [warn('service.clock', reason, 'set it right, by NTP: signed URLs are judged by the time')];
}

function checkAnswer(status: number, text: string): Finding {
  const check = 'service.token';
  if (status === 401 || status === 403) {
    const advice = 'activate this gateway with a new code; a proxy that answers by itself would say the same';
    return fail(check, `the service refuses the token of this store (${status})`, advice);
  }
  if (status >= 500)
    return warn(check, `the service answers ${status}`, 'try again; see the status of the service');
  const store = routes.showStore.response.safeParse(parseJson(text));
  if (status !== 200 || !store.success) {
    const reason = `what answers (${status}) is not the service of this store`;
    return fail(check, reason, 'check service.url: it is the ApiUrl of the deployment');
  }
  const { forked } = store.data;
  if (!forked) return ok(check, 'the service takes the token of this store');
  const advice = 'stop the wrong gateway, activate the right one with a new code';
  return fail(check, `more than one gateway serves this store: ${forked.reason}`, advice);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
