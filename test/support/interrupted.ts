/** Calls of ports are counted; `meanwhile` happens before the one numbered `at`, which is after the one before it. */
interface Interruption {
  calls: number;
  readonly at: number;
}

/** A port whose caller stands still at one of its calls while something else happens. */
export function interrupted<Port extends object>(
  port: Port,
  plan: Interruption,
  meanwhile: () => Promise<void>,
): Port {
  return new Proxy(port, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member === 'object' && member !== null) return interrupted(member, plan, meanwhile);
      if (typeof member !== 'function') return member;
      return async (...args: unknown[]) => {
        if (++plan.calls === plan.at) await meanwhile();
        return Reflect.apply(member, target, args);
      };
    },
  });
}
