import { MAX_BATCH_BYTES } from '../definition/distributed-map.ts';
import type { ItemBatcher, MapState } from '../definition/model.ts';
import { dataLimitFailure, queryFailure, StateFailure } from '../failure.ts';
import { type Json, measureBytes } from '../json.ts';
import type { QueryScope } from '../jsonata/expression.ts';
import { evaluateInteger, evaluateTemplate, type Template } from '../jsonata/template.ts';
import type { Batching, ChildInput, Thread } from '../records.ts';
import { makeScope } from './scope.ts';
import type { Turn } from './turn.ts';

export const MAX_COUNT = 99_999_999;

/** The items of a Map that reads none: its Items, or its input. */
export async function evaluateItems(turn: Turn, thread: Thread, state: MapState): Promise<readonly Json[]> {
  const given =
    state.items === undefined ? thread.input : await evaluateTemplate(state.items, makeScope(turn, thread));
  if (!Array.isArray(given)) {
    throw queryFailure(
      'Items',
      `The field 'Items' must be a list, but is ${JSON.stringify(given).slice(0, 100)}.`,
    );
  }
  return given as readonly Json[];
}

/** 0 when there is no MaxConcurrency. */
export function evaluateConcurrency(turn: Turn, thread: Thread, state: MapState): Promise<number> {
  return state.maxConcurrency === undefined
    ? Promise.resolve(0)
    : evaluateInteger(state.maxConcurrency, makeScope(turn, thread), {
        field: 'MaxConcurrency',
        min: 0,
        max: MAX_COUNT,
      });
}

/** What the iterations get: each item as it is, or what ItemSelector makes of it. */
export async function selectItems(
  turn: Turn,
  thread: Thread,
  state: MapState,
  given: readonly Json[],
): Promise<readonly Json[]> {
  if (state.itemSelector === undefined) {
    return given;
  }
  const selected: Json[] = [];
  for (const [Index, Value] of given.entries()) {
    const scope = makeScope(turn, { ...thread, mapItem: { Index, Value } });
    selected.push(await evaluateTemplate(state.itemSelector, scope));
  }
  return selected;
}

export async function evaluateBatching(
  batcher: ItemBatcher | undefined,
  scope: QueryScope,
): Promise<Batching | undefined> {
  if (batcher === undefined) {
    return undefined;
  }
  const { maxItemsPerBatch, maxInputBytesPerBatch, batchInput } = batcher;
  return {
    maxItems: await evaluateBound(maxItemsPerBatch, scope, 'MaxItemsPerBatch', MAX_COUNT),
    maxBytes: await evaluateBound(maxInputBytesPerBatch, scope, 'MaxInputBytesPerBatch', MAX_BATCH_BYTES),
    ...(batchInput !== undefined && { batchInput: await evaluateTemplate(batchInput, scope) }),
  };
}

function evaluateBound(
  template: Template | undefined,
  scope: QueryScope,
  name: string,
  max: number,
): Promise<number> {
  return template === undefined
    ? Promise.resolve(max)
    : evaluateInteger(template, scope, { field: `ItemBatcher/${name}`, min: 1, max });
}

/**
 * The inputs of the children: the items themselves, or batches of them. One that is too large fails the
 * state.
 */
export function makeChildInputs(
  turn: Turn,
  thread: Thread,
  items: readonly Json[],
  batching: Batching | undefined,
): readonly ChildInput[] {
  const inputs =
    batching === undefined
      ? items.map((input) => ({ input, itemCount: 1 }))
      : batchItems(items, { ...batching, maxBytes: Math.min(batching.maxBytes, turn.limits.payloadBytes) });
  if (inputs.some(({ input }) => measureBytes(input) > turn.limits.payloadBytes)) {
    throw new StateFailure(dataLimitFailure(thread.state));
  }
  return inputs;
}

/** A batch closes when the next item would exceed its count or its bytes; one item always fits. */
function batchItems(items: readonly Json[], { maxItems, maxBytes, batchInput }: Batching): ChildInput[] {
  const shared = batchInput === undefined ? {} : { BatchInput: batchInput };
  const emptyBytes = measureBytes({ ...shared, Items: [] });
  const batches: { items: Json[]; bytes: number }[] = [];
  for (const item of items) {
    const last = batches.at(-1);
    // The comma before it counts.
    const grown = (last?.bytes ?? 0) + 1 + measureBytes(item);
    if (last !== undefined && last.items.length < maxItems && grown <= maxBytes) {
      last.items.push(item);
      last.bytes = grown;
    } else {
      batches.push({ items: [item], bytes: emptyBytes + measureBytes(item) });
    }
  }
  return batches.map((batch) => ({
    input: { ...shared, Items: batch.items },
    itemCount: batch.items.length,
  }));
}
