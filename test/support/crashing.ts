/** Thrown where a test lets the process die. */
export class Crash extends Error {}

export interface CrashPlan {
  /** Counts calls of ports. */
  calls: number;
  /** The call at which to die; none when it is beyond the last. */
  readonly at: number;
  /** Before the call has any effect, or after it but before its caller hears of it. */
  readonly when: 'before' | 'after';
}

/** A port whose calls are counted and which dies at one of them, as a Lambda does that is killed between two awaits. */
export function crashing<Port extends object>(port: Port, plan: CrashPlan): Port {
  return new Proxy(port, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member === 'object' && member !== null) return crashing(member, plan);
      if (typeof member !== 'function') return member;
      return async (...args: unknown[]) => {
        const isHere = ++plan.calls === plan.at;
        if (isHere && plan.when === 'before') throw new Crash();
        const result: unknown = await Reflect.apply(member, target, args);
        if (isHere) throw new Crash();
        return result;
      };
    },
  });
}
