import { it } from 'vitest';
import { expectGoesOn } from './killed-mover.ts';

it('a gateway that is killed while it encrypts goes on, sends no pack twice, and needs no more memory', () =>
  expectGoesOn({ ENCRYPTED: 'yes' }));
