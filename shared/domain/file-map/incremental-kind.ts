import type { LogFacts } from '../rman/result/facts.ts';

/** Of an incremental announced in this line: by what was typed before in its run, where that was one kind of incremental only. */
export function typedIncremental(
  { marks = [], runs }: Pick<LogFacts, 'marks' | 'runs'>,
  line: number,
): 'differential' | 'cumulative' | undefined {
  const begin = runs.findLast(({ firstLine }) => firstLine <= line)?.firstLine ?? 0;
  const typed = marks.flatMap((mark) =>
    mark.kind === 'statement' && mark.line >= begin && mark.line < line ? [mark] : [],
  );
  // What a stored script does is not shown.
  if (typed.some(({ does }) => does === 'script')) return undefined;
  const kinds = typed.flatMap(({ incremental }) => incremental ?? []);
  const [kind] = kinds;
  return kinds.every((each) => each === kind) ? kind : undefined;
}
