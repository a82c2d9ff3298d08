import type { LogFacts } from '../rman/result/facts.ts';

/** Of an incremental announced in this line: by what was typed before, where that was one kind of incremental only. */
export function typedIncremental(
  { marks = [] }: Pick<LogFacts, 'marks'>,
  line: number,
): 'differential' | 'cumulative' | undefined {
  const typed = marks.flatMap((mark) =>
    mark.kind === 'statement' && mark.line < line && mark.incremental !== undefined ? [mark.incremental] : [],
  );
  const [kind] = typed;
  return typed.every((each) => each === kind) ? kind : undefined;
}
