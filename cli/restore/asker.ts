import { createInterface } from 'node:readline/promises';

/** Asks people, a line each. */
export interface Asker {
  /** Throws when the input ends. */
  ask(question: string): Promise<string>;
  say(line: string): void;
  close(): void;
}

/** Whether somebody is there to be asked. */
export const isSomebodyThere = (): boolean => process.stdin.isTTY === true && process.stdout.isTTY === true;

/** On a terminal. */
export function askOn(input: NodeJS.ReadableStream, output: NodeJS.WritableStream): Asker {
  const lines = createInterface({ input, output });
  const ended = new Promise<never>((_, reject) => {
    lines.once('close', () => reject(new Error('the input has ended: nothing was ordered')));
  });
  // Nobody may be asking when it ends.
  ended.catch(() => {});
  return {
    ask: async (question) => (await Promise.race([lines.question(question), ended])).trim(),
    say: (line) => void output.write(`${line}\n`),
    close: () => lines.close(),
  };
}
