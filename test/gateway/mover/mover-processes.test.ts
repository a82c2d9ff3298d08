import { describe, it } from 'vitest';
import { expectGoesOn } from './killed-mover.ts';

describe('a gateway that is killed', () => {
  it('goes on where it was, in memory that does not grow with the data', () => expectGoesOn());
});
