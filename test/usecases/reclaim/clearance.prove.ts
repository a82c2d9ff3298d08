import { expect, it } from 'vitest';
import { compareDecisions } from './clearance-histories.ts';

const histories = 20_000;

it(`second decisions from the last look are those of a new look, in ${histories} histories`, async () => {
  let [fromLastLook, fromLine] = [0, 0];
  for (let seed = 1; seed <= histories; seed++) {
    for (const { cheap, full, isFromLastLook } of await compareDecisions(seed)) {
      if (cheap.keep !== full.keep) throw new Error(`seed ${seed}: ${JSON.stringify({ cheap, full })}`);
      if (isFromLastLook) fromLastLook++;
      else fromLine++;
    }
  }

  process.stdout.write(`${fromLastLook} decisions from the last look, ${fromLine} from the line\n`);
  expect(fromLastLook).toBeGreaterThan(histories / 4);
});
