import { parseErrorHandling } from './error-handling.ts';
import { parseStateExit } from './exit.ts';
import { AFTER_RESULT, DURING_STATE, type Fields } from './fields.ts';
import type { DistributedMap, ItemBatcher, MapState, ParallelState } from './model.ts';
import { VariableScope } from './scope.ts';

/** Reads the states of an inner scope and returns the name of its first state. */
export type ParseStates = (fields: Fields, scope: VariableScope) => string;

const MAX_COUNT = 99_999_999;
const MAX_LABEL_LENGTH = 40;
/** AWS's bound for the input of one child execution made by an ItemBatcher. */
const MAX_BATCH_BYTES = 262_144;

const DISTRIBUTED_ONLY = [
  'ItemBatcher',
  'ToleratedFailureCount',
  'ToleratedFailurePercentage',
  'Label',
] as const;

export function parseParallel(name: string, fields: Fields, parseStates: ParseStates): ParallelState {
  const branches = fields.objects('Branches');
  if (branches.length === 0) {
    fields.problems.invalid(`${fields.path}/Branches`, 'Expected one or more branches');
  }
  const input = fields.template('Arguments', DURING_STATE);
  return {
    type: 'Parallel',
    name,
    ...(input && { arguments: input }),
    branches: branches.map((branch) => {
      const startAt = parseStates(branch, new VariableScope(fields.scope));
      branch.text('Comment');
      branch.finish();
      return startAt;
    }),
    ...parseErrorHandling(fields),
    ...parseStateExit(fields, AFTER_RESULT),
  };
}

export function parseMap(name: string, fields: Fields, parseStates: ParseStates): MapState {
  fields.refuse('ItemReader', 'Hand the items over in Items.');
  fields.refuse('ResultWriter', 'Keep results in the state output, or write them in the item processor.');
  const { startAt, isDistributed } = parseProcessor(fields, parseStates);
  const items = fields.template('Items', DURING_STATE);
  const itemSelector = fields.template('ItemSelector', DURING_STATE);
  const maxConcurrency = fields.integerTemplate('MaxConcurrency', { min: 0, max: MAX_COUNT });
  if (items?.kind === 'literal' && !Array.isArray(items.value)) {
    fields.problems.unsupported(`${fields.path}/Items`, 'Items must be a list');
  }
  const distributed = isDistributed ? parseDistributed(name, fields) : refuseDistributed(fields);
  return {
    type: 'Map',
    name,
    startAt,
    ...(items && { items }),
    ...(itemSelector && { itemSelector }),
    ...(maxConcurrency && { maxConcurrency }),
    ...(distributed && { distributed }),
    ...parseErrorHandling(fields),
    ...parseStateExit(fields, AFTER_RESULT),
  };
}

function parseProcessor(
  fields: Fields,
  parseStates: ParseStates,
): { startAt: string; isDistributed: boolean } {
  const processor = fields.object('ItemProcessor');
  if (processor === undefined) {
    fields.problems.invalid(fields.path, 'These fields are required: [ItemProcessor]');
    return { startAt: '', isDistributed: false };
  }
  const isDistributed = parseProcessorConfig(processor);
  const startAt = parseStates(processor, new VariableScope(fields.scope, isDistributed));
  processor.text('Comment');
  processor.finish();
  return { startAt, isDistributed };
}

function parseProcessorConfig(processor: Fields): boolean {
  const config = processor.object('ProcessorConfig');
  if (config === undefined) {
    return false;
  }
  const mode = config.text('Mode') ?? 'INLINE';
  const executionType = config.text('ExecutionType');
  if (mode !== 'INLINE' && mode !== 'DISTRIBUTED') {
    config.problems.invalid(`${config.path}/Mode`, 'Expected INLINE or DISTRIBUTED');
  }
  if (mode === 'DISTRIBUTED' && executionType !== 'STANDARD') {
    config.problems.unsupported(
      `${config.path}/ExecutionType`,
      'Only STANDARD child executions can run here',
    );
  }
  config.finish();
  return mode === 'DISTRIBUTED';
}

function refuseDistributed(fields: Fields): undefined {
  for (const name of DISTRIBUTED_ONLY) {
    if (fields.take(name) !== undefined) {
      fields.problems.invalid(fields.path, `Field '${name}' is only for a Map whose Mode is DISTRIBUTED`);
    }
  }
}

function parseDistributed(name: string, fields: Fields): DistributedMap {
  const label = fields.text('Label') ?? name.replaceAll(/[^A-Za-z0-9_-]/g, '').slice(0, MAX_LABEL_LENGTH);
  if (label === '' || label.length > MAX_LABEL_LENGTH || /[\s?*<>{}[\]:;,\\|^~$#%&`"]/.test(label)) {
    fields.problems.invalid(`${fields.path}/Label`, `Expected at most ${MAX_LABEL_LENGTH} plain characters`);
  }
  const toleratedFailureCount = fields.integerTemplate('ToleratedFailureCount', { min: 0, max: MAX_COUNT });
  const toleratedFailurePercentage = fields.integerTemplate('ToleratedFailurePercentage', {
    min: 0,
    max: 100,
  });
  const batcher = parseBatcher(fields);
  return {
    label,
    ...(batcher && { batcher }),
    ...(toleratedFailureCount && { toleratedFailureCount }),
    ...(toleratedFailurePercentage && { toleratedFailurePercentage }),
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
