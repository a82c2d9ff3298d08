import { setImmediate as nextLoopTurn } from 'node:timers/promises';

/** Turns of the loop after which whoever goes on has asked for what it wants: streams and decompression take some. */
const turnsToSettle = 20;

/**
 * How many times in a row somebody waits for ports: calls that are under way together are answered together, and count
 * as one round. What takes long on AWS is this number, not that of the calls.
 */
export async function countRounds<Ports extends object>(
  ports: Ports,
  run: (ports: Ports) => Promise<unknown>,
): Promise<number> {
  let rounds = 0;
  let waiting: (() => void)[] = [];
  const delayed = <Part extends object>(part: Part): Part =>
    new Proxy(part, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name);
        if (typeof member === 'object' && member !== null) return delayed(member);
        if (typeof member !== 'function') return member;
        return (...args: unknown[]) => {
          const answer: unknown = Reflect.apply(member, target, args);
          if (!(answer instanceof Promise)) return answer;
          const { promise, resolve } = Promise.withResolvers<void>();
          waiting.push(resolve);
          return promise.then(() => answer);
        };
      },
    });
  let isDone = false;
  const done = run(delayed(ports)).finally(() => {
    isDone = true;
  });
  // Reported below; until then nobody listens.
  done.catch(() => {});
  for (let idleTurns = 0; !isDone; idleTurns++) {
    await nextLoopTurn();
    if (waiting.length === 0 || idleTurns < turnsToSettle) continue;
    rounds++;
    idleTurns = 0;
    const answered = waiting;
    waiting = [];
    for (const answer of answered) answer();
  }
  await done;
  return rounds;
}
