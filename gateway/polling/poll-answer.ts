import * as z from 'zod';
import { pollResponse } from '../../shared/contracts/poll.ts';
import { storeStates } from '../journal/store-record.ts';

/** A mount as the service lists it; an older one says nothing of states. */
const listedMount = pollResponse.shape.mounts.element.extend({
  state: z.enum(['active', 'marked-for-delete']).default('active'),
});
export type ListedMount = z.output<typeof listedMount>;

/** The poll's answer. Commands are read one by one, so that one of an unknown kind does not hide the others. */
export const pollAnswer = pollResponse.extend({
  storeState: z.enum(storeStates).default('active'),
  mounts: z.array(listedMount),
  commands: z.array(z.unknown()),
});
export type PollAnswer = z.output<typeof pollAnswer>;
