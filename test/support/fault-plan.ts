import { createHash } from 'node:crypto';
import type { Fault, ProxiedCall } from './fault-proxy.ts';

const s3 = (status: number, code: string, message?: string): Fault => ({
  kind: 'answer',
  status,
  code,
  ...(message !== undefined && { message }),
});

const everywhere: readonly Fault[] = [
  { kind: 'reset' },
  { kind: 'reset-after' },
  { kind: 'half-answer' },
  { kind: 'stall' },
];
const ofVault: readonly Fault[] = [
  ...everywhere,
  s3(403, 'AccessDenied', 'Request has expired'),
  s3(403, 'RequestTimeTooSkewed'),
  s3(500, 'InternalError'),
  s3(503, 'SlowDown'),
];

/** What may happen to a call, by whom it is for. */
export function faultsFor({ isVault, method }: ProxiedCall): readonly Fault[] {
  if (!isVault) return [...everywhere, s3(500, ''), s3(502, ''), s3(503, ''), s3(429, '')];
  return method === 'PUT'
    ? [...ofVault, s3(409, 'ConditionalRequestConflict'), { kind: 'flip-request' }]
    : [...ofVault, { kind: 'flip-answer' }, { kind: 'cut-answer' }];
}

/**
 * Faults by seed and number of the call: the same seed and the same calls make the same faults. An object comes damaged
 * only once: what does so again is rightly taken for damaged in the vault.
 */
export function seededFaults(seed: string, oneIn: number): (call: ProxiedCall) => Fault | undefined {
  const damaged = new Set<string>();
  return (call) => {
    const dice = createHash('sha256').update(`${seed} ${call.number}`).digest();
    if (dice.readUInt16BE(0) % oneIn !== 0) return undefined;
    const faults = faultsFor(call);
    const fault = faults[dice.readUInt16BE(2) % faults.length];
    if (fault?.kind !== 'flip-answer' && fault?.kind !== 'cut-answer') return fault;
    if (damaged.has(call.about)) return undefined;
    damaged.add(call.about);
    return fault;
  };
}
