import type { Entities } from './entities.ts';
import { writeOnce } from './transact.ts';

/** The next number of a counter that begins at 1. A number may be lost to a crash, none is given twice. */
export async function nextNumber({ counter }: Entities, name: string): Promise<number> {
  for (;;) {
    const { rejected, data } = await writeOnce(() =>
      counter
        .patch({ name })
        .add({ value: 1 })
        .go({ response: 'all_new', returnOnConditionCheckFailure: true }),
    );
    if (!rejected) return data.value;
    const { rejected: isStarted } = await counter
      .create({ name, value: 1 })
      .go({ returnOnConditionCheckFailure: true });
    if (!isStarted) return 1;
  }
}
