import * as z from 'zod';
import type { Machine } from '../store/machine-store.ts';
import type { Store } from '../store/store.ts';
import { ApiError, refuse } from './errors.ts';
import { arn, type Operations, operation } from './operation.ts';

const MAX_TAGS = 50;

const key = z.string().min(1).max(128);
export const tagList = z.array(z.strictObject({ key, value: z.string().max(256) }));

/** Of two tags with the same key the later one counts. */
export function readTags(list: z.infer<typeof tagList>): Machine['tags'] {
  return checkCount(Object.fromEntries(list.map((tag) => [tag.key, tag.value])));
}

export const tagOperations: Operations = {
  TagResource: operation({ resourceArn: arn, tags: tagList }, ({ store, machines }, request) => {
    const machine = findTagged(store, request.resourceArn);
    machines.setTags(machine, checkCount({ ...machine.tags, ...readTags(request.tags) }));
    return {};
  }),
  UntagResource: operation({ resourceArn: arn, tagKeys: z.array(key) }, ({ store, machines }, request) => {
    const machine = findTagged(store, request.resourceArn);
    const kept = Object.entries(machine.tags).filter(([name]) => !request.tagKeys.includes(name));
    machines.setTags(machine, Object.fromEntries(kept));
    return {};
  }),
  ListTagsForResource: operation({ resourceArn: arn }, ({ store }, request) => {
    const { tags } = findTagged(store, request.resourceArn);
    return { tags: Object.entries(tags).map(([name, value]) => ({ key: name, value })) };
  }),
};

function findTagged(store: Store, resourceArn: string): Machine {
  const machine = store.machines.find(resourceArn);
  if (machine === undefined) {
    throw refuse('ResourceNotFound', resourceArn);
  }
  return machine;
}

function checkCount(tags: Machine['tags']): Machine['tags'] {
  if (Object.keys(tags).length > MAX_TAGS) {
    throw new ApiError('TooManyTags', `A state machine has at most ${MAX_TAGS} tags`);
  }
  return tags;
}
