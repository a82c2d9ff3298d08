import { forTerminal } from './print-rows.ts';

/** Prints an answer: as JSON, or as lines for people. */
export function printAnswer(
  answer: unknown,
  { json }: { readonly json?: true | undefined },
  lines: readonly string[],
): void {
  const text = json ? `${JSON.stringify(answer)}\n` : lines.map((line) => `${forTerminal(line)}\n`).join('');
  process.stdout.write(text);
}
