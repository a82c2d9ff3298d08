import { expect, it } from 'vitest';
import { compareDecisions } from './clearance-histories.ts';

const histories = 40;

it('a second decision from the last look is the one that a new look would take, whatever happened since', async () => {
  let fromLastLook = 0;
  for (let seed = 1; seed <= histories; seed++) {
    for (const { cheap, full, isFromLastLook } of await compareDecisions(seed)) {
      expect({ seed, keep: cheap.keep }).toEqual({ seed, keep: full.keep });
      if (isFromLastLook && !cheap.keep && !full.keep) {
        fromLastLook++;
        expect(cheap.unchanged).toEqual(full.unchanged);
      }
    }
  }

  expect(fromLastLook).toBeGreaterThan(histories / 4);
});
