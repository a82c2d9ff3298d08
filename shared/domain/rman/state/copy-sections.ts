import type { FinishedCopy } from './image-copies.ts';

/** Parts of image copies that were made in sections: each is completed like a copy of its own, and all have the same output. */
export interface CopySection extends FinishedCopy {
  readonly blocks: readonly [number, number];
}

/**
 * Joins the sections of each copy. `whole` are the copies whose blocks go on from block 1 without a gap; that no section is missing at the
 * end is known only where the command has finished.
 */
export const joinCopySections = (
  sections: readonly CopySection[],
  hasFinished: boolean,
): { readonly whole: FinishedCopy[]; readonly unjoined: CopySection[] } => {
  const whole: FinishedCopy[] = [];
  const unjoined: CopySection[] = [];
  for (const ofCopy of Map.groupBy(sections, ({ output }) => output.output).values()) {
    const [first] = ofCopy;
    const inOrder = [...ofCopy].sort((one, other) => one.blocks[0] - other.blocks[0]);
    const isGapless = inOrder.every(({ blocks }, at) => blocks[0] === (inOrder[at - 1]?.blocks[1] ?? 0) + 1);
    if (first && hasFinished && isGapless) {
      const elapsedSeconds = ofCopy.reduce((most, section) => Math.max(most, section.elapsedSeconds), 0);
      whole.push({ draft: first.draft, output: first.output, elapsedSeconds });
    } else {
      for (const section of ofCopy) unjoined.push(section);
    }
  }
  return { whole, unjoined };
};
