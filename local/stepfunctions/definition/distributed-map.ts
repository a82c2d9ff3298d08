import { DURING_STATE, type Fields } from './fields.ts';
import { parseItemReader } from './item-reader.ts';
import type { DistributedMap, ItemBatcher } from './model.ts';
import type { Integrations } from './resource.ts';
import { parseResultWriter } from './result-writer.ts';

const MAX_COUNT = 99_999_999;
const MAX_LABEL_LENGTH = 40;
/** AWS's bound for the input of one child execution made by an ItemBatcher. */
export const MAX_BATCH_BYTES = 262_144;

const DISTRIBUTED_ONLY = [
  'ItemBatcher',
  'ItemReader',
  'ResultWriter',
  'ToleratedFailureCount',
  'ToleratedFailurePercentage',
  'Label',
] as const;

export function refuseDistributed(fields: Fields): undefined {
  for (const name of DISTRIBUTED_ONLY) {
    if (fields.take(name) !== undefined) {
      fields.problems.invalid(fields.path, `Field '${name}' is only for a Map whose Mode is DISTRIBUTED`);
    }
  }
}

export function parseDistributed(name: string, fields: Fields, integrations: Integrations): DistributedMap {
  const label = fields.text('Label') ?? name.replaceAll(/[^A-Za-z0-9_-]/g, '').slice(0, MAX_LABEL_LENGTH);
  if (label === '' || label.length > MAX_LABEL_LENGTH || /[\s?*<>{}[\]:;,\\|^~$#%&`"]/.test(label)) {
    fields.problems.invalid(`${fields.path}/Label`, `Expected at most ${MAX_LABEL_LENGTH} plain characters`);
  }
  const toleratedFailureCount = fields.integerTemplate('ToleratedFailureCount', { min: 0, max: MAX_COUNT });
  const toleratedFailurePercentage = fields.numberTemplate('ToleratedFailurePercentage', {
    min: 0,
    max: 100,
  });
  const batcher = parseBatcher(fields);
  const reader = parseItemReader(fields, integrations);
  const writer = parseResultWriter(fields, integrations);
  return {
    label,
    ...(batcher && { batcher }),
    ...(toleratedFailureCount && { toleratedFailureCount }),
    ...(toleratedFailurePercentage && { toleratedFailurePercentage }),
    ...(reader && { reader }),
    ...(writer && { writer }),
  };
}

function parseBatcher(fields: Fields): ItemBatcher | undefined {
  const batcher = fields.object('ItemBatcher');
  if (batcher === undefined) {
    return undefined;
  }
  const maxItemsPerBatch = batcher.integerTemplate('MaxItemsPerBatch', { min: 1, max: MAX_COUNT });
  const maxInputBytesPerBatch = batcher.integerTemplate('MaxInputBytesPerBatch', {
    min: 1,
    max: MAX_BATCH_BYTES,
  });
  if (maxItemsPerBatch === undefined && maxInputBytesPerBatch === undefined) {
    batcher.problems.invalid(batcher.path, 'Expected MaxItemsPerBatch, MaxInputBytesPerBatch or both');
  }
  const batchInput = batcher.template('BatchInput', DURING_STATE);
  batcher.finish();
  return {
    ...(maxItemsPerBatch && { maxItemsPerBatch }),
    ...(maxInputBytesPerBatch && { maxInputBytesPerBatch }),
    ...(batchInput && { batchInput }),
  };
}
